//! The items of a response.

use serde_json::{Value, json};

use crate::domain::{BlockId, CallId, CallRef, Citation, Runner, ToolOutcome, TurnId};

/// The server that runs our tools, as clients see it.
const SERVER: &str = "counsel";

#[derive(Clone)]
pub(super) struct OutputItem {
    pub(super) turn: TurnId,
    pub(super) name: Name,
    pub(super) kind: ItemKind,
    /// What was said, or the arguments of a call.
    pub(super) text: String,
    pub(super) status: &'static str,
    pub(super) outcome: Option<ToolOutcome>,
}

/// What an item is to us.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Name {
    Block(BlockId),
    Call(CallId),
    /// The approval that a call needs.
    Approval(CallId),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ItemKind {
    /// Each citation with the place in the text where it was made.
    Message {
        annotations: Vec<(Citation, usize)>,
    },
    Reasoning,
    /// The client runs it.
    Function {
        name: String,
    },
    /// We run it, or the provider does.
    Mcp {
        name: String,
    },
    Approval {
        name: String,
    },
    Search {
        of: Searched,
    },
    Code,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Searched {
    Web,
    Files,
}

impl ItemKind {
    pub(super) fn of_call(name: &str, runner: Runner) -> Self {
        match (runner, name) {
            (Runner::Client, name) => Self::Function { name: name.to_owned() },
            (Runner::Provider, "web_search") => Self::Search { of: Searched::Web },
            (Runner::Provider, "file_search") => Self::Search { of: Searched::Files },
            (Runner::Provider, "code_interpreter") => Self::Code,
            (Runner::Us | Runner::Provider, name) => Self::Mcp { name: name.to_owned() },
        }
    }

    /// Only names that the official clients know: others break them.
    pub(super) fn event(&self, state: &str) -> Option<&'static str> {
        Some(match (self, state) {
            (Self::Mcp { .. }, "in_progress") => "response.mcp_call.in_progress",
            (Self::Mcp { .. }, "completed") => "response.mcp_call.completed",
            (Self::Mcp { .. }, "failed") => "response.mcp_call.failed",
            (Self::Search { of: Searched::Web }, "in_progress") => "response.web_search_call.in_progress",
            (Self::Search { of: Searched::Web }, "searching") => "response.web_search_call.searching",
            (Self::Search { of: Searched::Web }, "completed") => "response.web_search_call.completed",
            (Self::Search { of: Searched::Files }, "in_progress") => "response.file_search_call.in_progress",
            (Self::Search { of: Searched::Files }, "searching") => "response.file_search_call.searching",
            (Self::Search { of: Searched::Files }, "completed") => "response.file_search_call.completed",
            (Self::Code, "in_progress") => "response.code_interpreter_call.in_progress",
            (Self::Code, "interpreting") => "response.code_interpreter_call.interpreting",
            (Self::Code, "completed") => "response.code_interpreter_call.completed",
            _ => return None,
        })
    }
}

impl OutputItem {
    pub(super) fn new(turn: TurnId, name: Name, kind: ItemKind) -> Self {
        Self { turn, name, kind, text: String::new(), status: "in_progress", outcome: None }
    }

    /// It stays the same however often the turn is read.
    pub(super) fn id(&self) -> String {
        let turn = &self.turn;
        let mark = match self.kind {
            ItemKind::Message { .. } => "msg",
            ItemKind::Reasoning => "rs",
            ItemKind::Function { .. } => "fc",
            ItemKind::Mcp { .. } => "mcp",
            ItemKind::Approval { .. } => APPROVAL_PREFIX,
            ItemKind::Search { of: Searched::Web } => "ws",
            ItemKind::Search { of: Searched::Files } => "fs",
            ItemKind::Code => "ci",
        };
        match &self.name {
            Name::Block(block) => format!("{mark}_{turn}_{block}"),
            Name::Call(call) | Name::Approval(call) => format!("{mark}_{turn}_{call}"),
        }
    }

    /// `is_over`: nothing more will come of what is still in progress.
    pub(super) fn json(&self, is_over: bool) -> Value {
        let id = self.id();
        let status = if is_over && self.status == "in_progress" { "incomplete" } else { self.status };
        let is_empty = self.status == "in_progress" && self.text.is_empty();
        let parts = if is_empty { Vec::new() } else { vec![self.part()] };
        match &self.kind {
            ItemKind::Message { .. } => {
                json!({ "id": id, "type": "message", "status": status, "role": "assistant", "content": parts })
            }
            ItemKind::Reasoning => json!({ "id": id, "type": "reasoning", "status": status, "summary": parts }),
            ItemKind::Function { name } => json!({
                "id": id, "type": "function_call", "status": status, "call_id": self.call_id(), "name": name,
                "arguments": self.text,
            }),
            ItemKind::Mcp { name } => json!({
                "id": id, "type": "mcp_call", "status": status, "server_label": SERVER, "name": name,
                "arguments": self.text, "output": self.said(false), "error": self.said(true),
            }),
            ItemKind::Approval { name } => json!({
                "id": id, "type": "mcp_approval_request", "server_label": SERVER, "name": name, "arguments": self.text,
            }),
            ItemKind::Search { of } => self.search(*of, &id, status),
            ItemKind::Code => json!({
                "id": id, "type": "code_interpreter_call", "status": status, "code": self.argument("code"),
                "container_id": "", "outputs": self.said(false).map(|logs| json!([{ "type": "logs", "logs": logs }])),
            }),
        }
    }

    fn search(&self, of: Searched, id: &str, status: &str) -> Value {
        match of {
            Searched::Web => {
                let query = self.argument("query");
                let action = json!({ "type": "search", "query": query.as_str().unwrap_or_default() });
                json!({ "id": id, "type": "web_search_call", "status": status, "action": action })
            }
            Searched::Files => {
                let queries = self.argument("queries");
                let queries = if queries.is_array() { queries } else { json!([]) };
                json!({ "id": id, "type": "file_search_call", "status": status, "queries": queries, "results": null })
            }
        }
    }

    /// The one part that a text has.
    pub(super) fn part(&self) -> Value {
        match &self.kind {
            ItemKind::Message { annotations } => {
                let annotations: Vec<_> =
                    annotations.iter().map(|(citation, place)| annotation(citation, *place)).collect();
                json!({ "type": "output_text", "text": self.text, "annotations": annotations, "logprobs": [] })
            }
            _ => json!({ "type": "summary_text", "text": self.text }),
        }
    }

    /// As the client names it when it says what came of it.
    fn call_id(&self) -> Option<String> {
        match &self.name {
            Name::Call(call) => Some(CallRef { turn: self.turn.clone(), call: call.clone() }.to_string()),
            Name::Block(_) | Name::Approval(_) => None,
        }
    }

    fn said(&self, error: bool) -> Option<&str> {
        self.outcome.as_ref().filter(|outcome| outcome.is_error == error).map(|outcome| outcome.content.as_str())
    }

    fn argument(&self, name: &str) -> Value {
        serde_json::from_str::<Value>(&self.text).map(|arguments| arguments[name].clone()).unwrap_or_default()
    }
}

/// An approval request's id; with it the client answers.
pub(super) const APPROVAL_PREFIX: &str = "mcpr";

/// A web page, a file that code has made, or another by its provider's name.
pub(super) fn annotation(citation: &Citation, place: usize) -> Value {
    let Citation { url, title, file, .. } = citation;
    match (url, citation.made_file()) {
        (Some(url), Some((container, file))) => json!({
            "type": "container_file_citation", "container_id": container.as_str(), "file_id": file.to_string(),
            "filename": title, "url": url, "start_index": place, "end_index": place,
        }),
        (Some(url), None) => json!({
            "type": "url_citation", "url": url, "title": title.as_deref().unwrap_or(url), "start_index": place,
            "end_index": place,
        }),
        (None, _) => json!({
            "type": "file_citation", "file_id": file, "filename": title.as_ref().or(file.as_ref()), "index": place,
        }),
    }
}
