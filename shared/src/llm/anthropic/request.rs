//! Our request as Anthropic's JSON (platform.claude.com/docs/en/api/messages).

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::domain::{CallId, HostedTool, Part, Role, Runner, ToolCall, ToolSpec};
use crate::llm::claude::ThinkingParams;
use crate::llm::{ModelRequest, PromptMessage};

use super::media;

/// Thinking that Anthropic does not show: its signature is all there is. Base64 has no colon.
pub(super) const REDACTED: &str = "redacted:";

pub(super) fn body(request: &ModelRequest) -> Value {
    let ThinkingParams { max_tokens, thinking, effort, temperature, top_p } = ThinkingParams::of(request);
    let mut body = json!({
        "model": request.model,
        "max_tokens": max_tokens,
        "messages": messages(&request.messages),
        "stream": true,
    });
    if !request.system.trim().is_empty() {
        body["system"] = request.system.as_str().into();
    }
    let tools: Vec<_> = request.tools.iter().map(tool).chain(request.hosted.iter().filter_map(hosted)).collect();
    if !tools.is_empty() {
        body["tools"] = tools.into();
    }
    let stop = Some(&request.options.stop).filter(|stop| !stop.is_empty()).map(|stop| json!(stop));
    let more = [
        ("thinking", thinking),
        ("output_config", effort.map(|effort| json!({ "effort": effort }))),
        ("temperature", temperature.map(Value::from)),
        ("top_p", top_p.map(Value::from)),
        ("stop_sequences", stop),
    ];
    more.into_iter().filter_map(|(name, value)| Some((name, value?))).for_each(|(name, value)| body[name] = value);
    body
}

/// Both roles take turns, and all results of a step stand at the beginning of one message of the user.
fn messages(prompts: &[PromptMessage]) -> Vec<Value> {
    let question = prompts.iter().rposition(|message| message.role == Role::User);
    let mut messages = Vec::new();
    for (number, message) in prompts.iter().enumerate() {
        match message.role {
            Role::User => add(&mut messages, "user", message.parts.iter().filter_map(asked).collect()),
            Role::Assistant => add_steps(&mut messages, &message.parts, Some(number) > question),
        }
    }
    messages
}

fn add(messages: &mut Vec<Value>, role: &str, mut content: Vec<Value>) {
    if content.is_empty() {
        return;
    }
    match messages.last_mut().filter(|last| last["role"] == role).and_then(|last| last["content"].as_array_mut()) {
        Some(said) => said.append(&mut content),
        None => messages.push(json!({ "role": role, "content": content })),
    }
}

fn add_steps(messages: &mut Vec<Value>, parts: &[Part], is_now: bool) {
    let theirs: HashSet<&CallId> = parts.iter().filter_map(theirs).map(|call| &call.id).collect();
    let is_result = |part: &Part| matches!(part, Part::ToolResult { call, .. } if !theirs.contains(call));
    for parts in parts.chunk_by(|before, after| !is_result(before) || is_result(after)) {
        let step = Step::of(parts, is_now);
        add(messages, "assistant", parts.iter().flat_map(|part| step.said(part)).collect());
        add(messages, "user", parts.iter().filter_map(|part| step.result(part)).collect());
    }
}

fn theirs(part: &Part) -> Option<&ToolCall> {
    if let Part::ToolCall(call) = part { Some(call).filter(|call| call.runner == Runner::Provider) } else { None }
}

/// What the model said at once, and what came of its calls.
struct Step<'a> {
    /// Our calls that have their results, for Anthropic takes neither without the other.
    whole: HashSet<&'a CallId>,
    /// Whether it belongs to the turn that is going on: only then its signatures mean anything.
    is_now: bool,
}

impl<'a> Step<'a> {
    fn of(parts: &'a [Part], is_now: bool) -> Self {
        let ours = |part: &'a Part| match part {
            Part::ToolCall(call) if call.runner != Runner::Provider => Some(&call.id),
            _ => None,
        };
        let has_result = |id: &CallId| parts.iter().any(|p| matches!(p, Part::ToolResult { call, .. } if call == id));
        Self { whole: parts.iter().filter_map(ours).filter(|id| has_result(id)).collect(), is_now }
    }

    fn said(&self, part: &Part) -> Vec<Value> {
        match part {
            Part::Text { text } => text_block(text).into_iter().collect(),
            Part::Reasoning { text, signature: Some(signature) } if self.is_now => vec![thinking(text, signature)],
            Part::ToolCall(call) if call.runner == Runner::Provider && self.is_now => signed_blocks(call),
            Part::ToolCall(call) if self.whole.contains(&call.id) => vec![tool_use(call)],
            _ => Vec::new(),
        }
    }

    fn result(&self, part: &Part) -> Option<Value> {
        let Part::ToolResult { call, outcome } = part else { return None };
        let block = json!({
            "type": "tool_result",
            "tool_use_id": call,
            "content": outcome.content,
            "is_error": outcome.is_error,
        });
        // A result of the provider's own tool went with its call.
        self.whole.contains(call).then_some(block)
    }
}

/// Anthropic refuses text that says nothing.
fn text_block(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({ "type": "text", "text": text }))
}

fn thinking(text: &str, signature: &str) -> Value {
    match signature.strip_prefix(REDACTED) {
        Some(data) => json!({ "type": "redacted_thinking", "data": data }),
        None => json!({ "type": "thinking", "thinking": text, "signature": signature }),
    }
}

/// The call of a tool that Anthropic runs, and its result, as they came.
fn signed_blocks(call: &ToolCall) -> Vec<Value> {
    call.signature.as_deref().and_then(|signature| serde_json::from_str(signature).ok()).unwrap_or_default()
}

/// An input is an object: arguments that were no JSON are shown inside of one.
fn tool_use(call: &ToolCall) -> Value {
    let ToolCall { id, name, arguments, .. } = call;
    let input = if arguments.is_object() { arguments.clone() } else { json!({ "unreadable": arguments }) };
    json!({ "type": "tool_use", "id": id, "name": name, "input": input })
}

fn asked(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } => text_block(text),
        Part::Image(media) => Some(media::image(media)),
        Part::File(media) => Some(media::file(media)),
        _ => None,
    }
}

/// The versions that every model takes and whose results lie flat in the answer: later ones let code search.
pub(super) fn hosted(tool: &HostedTool) -> Option<Value> {
    match tool {
        HostedTool::WebSearch { user_location } => {
            let mut tool = json!({ "type": "web_search_20250305", "name": "web_search" });
            if let Some(place) = user_location {
                tool["user_location"] = json!(place);
            }
            Some(tool)
        }
        HostedTool::CodeInterpreter { .. } => {
            Some(json!({ "type": "code_execution_20250825", "name": "code_execution" }))
        }
        HostedTool::FileSearch { .. } | HostedTool::Mcp { .. } => None,
    }
}

fn tool(spec: &ToolSpec) -> Value {
    json!({ "name": spec.name, "description": spec.description, "input_schema": spec.parameters })
}

#[cfg(test)]
mod tests;
