//! Our request as the provider's JSON.
//! <https://platform.openai.com/docs/api-reference/responses/create>

use serde_json::{Value, json};

use crate::domain::{CallId, HostedKind, Media, MediaContent, Part, Role, Runner, ToolCall, ToolOutcome};
use crate::llm::{ModelRequest, PromptMessage, ToolSpec, openai_models};

use super::item;

const LEAST_OUTPUT_TOKENS: u32 = 16;

pub(super) fn body(request: &ModelRequest) -> Value {
    let mut body = json!({
        "model": request.model,
        "input": input(&request.messages),
        "stream": true,
        // We keep the conversation, nobody else has to; so reasoning has to travel, locked as it is.
        "store": false,
        "include": include(request),
    });
    if !request.system.is_empty() {
        body["instructions"] = request.system.clone().into();
    }
    let tools: Vec<Value> =
        request.tools.iter().map(tool).chain(request.hosted.iter().map(|tool| json!(tool))).collect();
    if !tools.is_empty() {
        body["tools"] = tools.into();
        body["parallel_tool_calls"] = true.into();
    }
    say_options(request, &mut body);
    body
}

/// There are no texts to stop at here.
fn say_options(request: &ModelRequest, body: &mut Value) {
    let ModelRequest { model, options, .. } = request;
    if let Some(effort) = openai_models::effort(model, options.reasoning) {
        body["reasoning"] = json!({ "effort": effort, "summary": "auto" });
    }
    if let Some(most) = options.max_tokens {
        // Less is refused.
        body["max_output_tokens"] = most.max(LEAST_OUTPUT_TOKENS).into();
    }
    if openai_models::is_sampled(model, options) {
        let more = [("temperature", options.temperature), ("top_p", options.top_p)];
        more.into_iter().filter_map(|(name, n)| Some((name, n?))).for_each(|(name, n)| body[name] = n.into());
    }
}

/// What is not said unless it is asked for; asked only of the tools that are there.
fn include(request: &ModelRequest) -> Vec<&'static str> {
    let has = |kind: HostedKind| request.hosted.iter().any(|tool| tool.kind() == kind);
    let mut include = vec!["reasoning.encrypted_content"];
    let more = [
        (HostedKind::WebSearch, "web_search_call.action.sources"),
        (HostedKind::FileSearch, "file_search_call.results"),
        (HostedKind::CodeInterpreter, "code_interpreter_call.outputs"),
    ];
    include.extend(more.iter().filter(|(kind, _)| has(*kind)).map(|(_, what)| what));
    include
}

fn input(messages: &[PromptMessage]) -> Vec<Value> {
    let last = messages.len().saturating_sub(1);
    let items = |(at, message): (usize, &PromptMessage)| match message.role {
        Role::User => {
            let content: Vec<Value> = message.parts.iter().filter_map(asked).collect();
            vec![json!({ "role": "user", "content": content })]
        }
        Role::Assistant => said(message, at == last),
    };
    messages.iter().enumerate().flat_map(items).collect()
}

/// One message of ours is several items of theirs, in the order in which they were said. What the provider wants back
/// as it came goes back within the turn: later it would lack what it belongs to.
fn said(message: &PromptMessage, is_this_turn: bool) -> Vec<Value> {
    let signed = |signature: &Option<String>| signature.as_deref().filter(|_| is_this_turn).and_then(signed);
    let answered =
        |id: &CallId| message.parts.iter().any(|part| matches!(part, Part::ToolResult { call, .. } if call == id));
    let ours = |id: &CallId| {
        let is_ours = |call: &ToolCall| call.runner != Runner::Provider && call.id == *id;
        message.parts.iter().any(|part| matches!(part, Part::ToolCall(call) if is_ours(call)))
    };
    let approval = |id: &CallId| {
        let calls =
            message.parts.iter().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
        calls.filter(|call| call.id == *id).find_map(|call| signed(&call.signature))
    };
    let item = |part: &Part| match part {
        Part::Text { text } if !text.is_empty() => Some(json!({ "role": "assistant", "content": text })),
        Part::Reasoning { signature, .. } => signed(signature),
        Part::ToolCall(call) if call.runner == Runner::Provider => signed(&call.signature),
        // A call without a result is refused, and so is a result without its call.
        Part::ToolCall(call) if answered(&call.id) => Some(function_call(call)),
        Part::ToolResult { call, outcome } if ours(call) => {
            Some(json!({ "type": "function_call_output", "call_id": call, "output": outcome.content }))
        }
        Part::ToolResult { call, outcome } => decided(&approval(call)?, outcome),
        _ => None,
    };
    let mut items: Vec<Value> = message.parts.iter().filter_map(item).collect();
    // So is reasoning that led to nothing.
    while items.last().is_some_and(|item| item["type"] == "reasoning") {
        items.pop();
    }
    items
}

/// An item that goes back as it came; what another provider has signed is none.
fn signed(signature: &str) -> Option<Value> {
    let item: Value = serde_json::from_str(signature).ok()?;
    let kind = item["type"].as_str()?;
    (kind == "reasoning" || kind == item::APPROVAL_REQUEST || kind.ends_with("_call")).then_some(item)
}

/// What its user has said of a call that needs approval.
fn decided(asked: &Value, outcome: &ToolOutcome) -> Option<Value> {
    let ToolOutcome { content, is_error } = outcome;
    let mut decided =
        json!({ "type": "mcp_approval_response", "approval_request_id": asked["id"], "approve": !is_error });
    if *is_error {
        decided["reason"] = content.as_str().into();
    }
    (asked["type"] == item::APPROVAL_REQUEST).then_some(decided)
}

fn function_call(call: &ToolCall) -> Value {
    let ToolCall { id, name, arguments, .. } = call;
    json!({ "type": "function_call", "call_id": id, "name": name, "arguments": arguments.to_string() })
}

fn asked(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } => Some(json!({ "type": "input_text", "text": text })),
        Part::Image(media) => Some(json!({ "type": "input_image", "detail": "auto", "image_url": url(media) })),
        Part::File(media) => Some(file(media)),
        _ => None,
    }
}

fn file(media: &Media) -> Value {
    match &media.content {
        MediaContent::Url(url) => json!({ "type": "input_file", "file_url": url }),
        MediaContent::Data(_) => {
            // A name is asked for.
            let name = media.name.as_deref().unwrap_or("file");
            json!({ "type": "input_file", "filename": name, "file_data": url(media) })
        }
    }
}

fn url(media: &Media) -> String {
    match &media.content {
        MediaContent::Url(url) => url.clone(),
        MediaContent::Data(data) => format!("data:{};base64,{data}", media.media_type),
    }
}

fn tool(spec: &ToolSpec) -> Value {
    let ToolSpec { name, description, parameters } = spec;
    // Strict would ask more of a schema than JSON Schema does.
    json!({ "type": "function", "name": name, "description": description, "parameters": parameters, "strict": false })
}

#[cfg(test)]
mod tests;
