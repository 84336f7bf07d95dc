//! Our request as Gemini's JSON (ai.google.dev/api/generate-content, ai.google.dev/gemini-api/docs/thought-signatures).

mod options;
mod schema;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::domain::{CallId, HostedTool, Media, MediaContent, Part, Role, Runner, ToolCall, ToolOutcome, ToolSpec};
use crate::llm::{ModelRequest, PromptMessage};

/// Ids that we have made begin with this; Gemini has never heard of them.
pub(super) const MADE: &str = "made_";

pub(super) fn body(request: &ModelRequest) -> Value {
    let mut body = json!({ "contents": contents(&request.messages) });
    if !request.system.trim().is_empty() {
        body["systemInstruction"] = json!({ "parts": [{ "text": request.system }] });
    }
    let mut tools: Vec<_> = request.hosted.iter().filter_map(hosted).collect();
    // Most models refuse tools of both kinds in one request; who asks for Google's means them.
    if tools.is_empty() && !request.tools.is_empty() {
        let declarations: Vec<_> = request.tools.iter().map(declaration).collect();
        tools.push(json!({ "functionDeclarations": declarations }));
    }
    if !tools.is_empty() {
        body["tools"] = tools.into();
    }
    let config = options::config(request);
    if !config.is_empty() {
        body["generationConfig"] = config.into();
    }
    body
}

/// How many calls there were before: the ids that are made for the next ones go on from there.
pub(super) fn calls(request: &ModelRequest) -> usize {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    parts.filter(|part| matches!(part, Part::ToolCall(_))).count()
}

fn contents(prompts: &[PromptMessage]) -> Vec<Value> {
    let question = prompts.iter().rposition(|message| message.role == Role::User);
    let mut contents = Vec::new();
    for (number, message) in prompts.iter().enumerate() {
        match message.role {
            Role::User => add(&mut contents, "user", message.parts.iter().filter_map(asked).collect()),
            Role::Assistant => add_steps(&mut contents, &message.parts, Some(number) > question),
        }
    }
    contents
}

fn add(contents: &mut Vec<Value>, role: &str, mut parts: Vec<Value>) {
    if parts.is_empty() {
        return;
    }
    match contents.last_mut().filter(|last| last["role"] == role).and_then(|last| last["parts"].as_array_mut()) {
        Some(said) => said.append(&mut parts),
        None => contents.push(json!({ "role": role, "parts": parts })),
    }
}

fn add_steps(contents: &mut Vec<Value>, parts: &[Part], is_now: bool) {
    let theirs = |part: &Part| matches!(part, Part::ToolCall(call) if call.runner == Runner::Provider);
    let theirs: Vec<_> = parts.iter().filter(|part| theirs(part)).filter_map(call).map(|call| &call.id).collect();
    let is_result = |part: &Part| matches!(part, Part::ToolResult { call, .. } if !theirs.contains(&call));
    for parts in parts.chunk_by(|before, after| !is_result(before) || is_result(after)) {
        let step = Step::of(parts, is_now);
        add(contents, "model", parts.iter().flat_map(|part| step.said(part)).collect());
        add(contents, "user", parts.iter().filter_map(|part| step.result(part)).collect());
    }
}

fn call(part: &Part) -> Option<&ToolCall> {
    if let Part::ToolCall(call) = part { Some(call) } else { None }
}

/// What the model said at once, and what came of its calls.
struct Step<'a> {
    /// Our calls that have their results, for Gemini wants as many of the one as of the other.
    whole: HashMap<&'a CallId, &'a str>,
    /// Whether it belongs to the turn that is going on: only then its signatures mean anything.
    is_now: bool,
}

impl<'a> Step<'a> {
    fn of(parts: &'a [Part], is_now: bool) -> Self {
        let has_result = |id| parts.iter().any(|part| matches!(part, Part::ToolResult { call, .. } if call == id));
        let ours = parts.iter().filter_map(call).filter(|call| call.runner != Runner::Provider && has_result(&call.id));
        Self { whole: ours.map(|call| (&call.id, call.name.as_str())).collect(), is_now }
    }

    fn said(&self, part: &Part) -> Vec<Value> {
        match part {
            Part::Text { text } => text_part(text).into_iter().collect(),
            Part::Reasoning { text, signature: Some(signature) } if self.is_now => {
                vec![json!({ "text": text, "thought": true, "thoughtSignature": signature })]
            }
            Part::ToolCall(call) if call.runner == Runner::Provider && self.is_now => signed_parts(call),
            Part::ToolCall(call) if self.whole.contains_key(&call.id) => vec![self.function_call(call)],
            _ => Vec::new(),
        }
    }

    fn function_call(&self, call: &ToolCall) -> Value {
        let ToolCall { id, name, arguments, signature, .. } = call;
        let args = if arguments.is_object() { arguments.clone() } else { json!({ "unreadable": arguments }) };
        let mut part = json!({ "functionCall": named(id, json!({ "name": name, "args": args })) });
        if let Some(signature) = signature.as_ref().filter(|_| self.is_now) {
            part["thoughtSignature"] = signature.as_str().into();
        }
        part
    }

    fn result(&self, part: &Part) -> Option<Value> {
        let Part::ToolResult { call, outcome: ToolOutcome { content, is_error } } = part else { return None };
        let name = self.whole.get(call)?;
        let word = if *is_error { "error" } else { "result" };
        let response = json!({ "name": name, "response": { word: content } });
        Some(json!({ "functionResponse": named(call, response) }))
    }
}

fn named(id: &CallId, mut value: Value) -> Value {
    if !id.as_str().starts_with(MADE) {
        value["id"] = id.as_str().into();
    }
    value
}

/// The code that Gemini ran, and what came of it, as they came.
fn signed_parts(call: &ToolCall) -> Vec<Value> {
    call.signature.as_deref().and_then(|signature| serde_json::from_str(signature).ok()).unwrap_or_default()
}

fn asked(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } => text_part(text),
        Part::Image(media) => Some(seen("image", media)),
        Part::File(media) => Some(seen("file", media)),
        _ => None,
    }
}

fn text_part(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({ "text": text }))
}

fn seen(what: &str, media: &Media) -> Value {
    let Media { media_type, name, content } = media;
    let kind = media_type.split('/').next().unwrap_or_default();
    if media_type != "application/pdf" && !["image", "audio", "video", "text"].contains(&kind) {
        let name = name.as_ref().map_or(String::new(), |name| format!(": {name}"));
        return json!({ "text": format!("[{what} left out{name}]") });
    }
    match content {
        MediaContent::Data(data) => json!({ "inlineData": { "mimeType": media_type, "data": data } }),
        MediaContent::Url(url) => json!({ "fileData": { "mimeType": media_type, "fileUri": url } }),
    }
}

/// Where the asker is cannot be said in words.
pub(super) fn hosted(tool: &HostedTool) -> Option<Value> {
    match tool {
        HostedTool::WebSearch { .. } => Some(json!({ "googleSearch": {} })),
        HostedTool::CodeInterpreter { .. } => Some(json!({ "codeExecution": {} })),
        HostedTool::FileSearch { .. } | HostedTool::Mcp { .. } => None,
    }
}

fn declaration(spec: &ToolSpec) -> Value {
    let mut declaration = json!({ "name": spec.name, "description": spec.description });
    if let Some(parameters) = schema::subset(&spec.parameters) {
        declaration["parameters"] = parameters;
    }
    declaration
}

#[cfg(test)]
mod tests;
