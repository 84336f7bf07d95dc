//! Our request as the provider's JSON.

use serde_json::{Value, json};

use crate::domain::{Part, Role, ToolCall, ToolSpec};
use crate::llm::{ModelRequest, PromptMessage};

pub(super) fn body(request: &ModelRequest) -> Value {
    let mut messages = vec![json!({ "role": "system", "content": request.system })];
    request.messages.iter().for_each(|message| add(message, &mut messages));
    let mut body = json!({
        "model": request.model,
        "messages": messages,
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
    }
    body
}

/// One message of ours is several of theirs: the calls belong to the assistant, each result is a message.
fn add(message: &PromptMessage, messages: &mut Vec<Value>) {
    if message.role == Role::User {
        messages.push(json!({ "role": "user", "content": text(&message.parts) }));
        return;
    }
    let is_result = |part: &Part| matches!(part, Part::ToolResult { .. });
    for step in message.parts.chunk_by(|before, after| !is_result(before) || is_result(after)) {
        let calls: Vec<Value> = step.iter().filter_map(call).collect();
        let said = text(step);
        if !calls.is_empty() {
            let content = if said.is_empty() { Value::Null } else { said.into() };
            messages.push(json!({ "role": "assistant", "content": content, "tool_calls": calls }));
        } else if !said.is_empty() {
            messages.push(json!({ "role": "assistant", "content": said }));
        }
        messages.extend(step.iter().filter_map(result));
    }
}

fn text(parts: &[Part]) -> String {
    let text = |part: &Part| if let Part::Text { text } = part { Some(text.clone()) } else { None };
    parts.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

fn call(part: &Part) -> Option<Value> {
    let Part::ToolCall(ToolCall { id, name, arguments, .. }) = part else { return None };
    let function = json!({ "name": name, "arguments": arguments.to_string() });
    Some(json!({ "id": id, "type": "function", "function": function }))
}

fn result(part: &Part) -> Option<Value> {
    let Part::ToolResult { call, outcome } = part else { return None };
    Some(json!({ "role": "tool", "tool_call_id": call, "content": outcome.content }))
}

fn tool(spec: &ToolSpec) -> Value {
    let ToolSpec { name, description, parameters } = spec;
    json!({ "type": "function", "function": { "name": name, "description": description, "parameters": parameters } })
}

#[cfg(test)]
mod tests {
    use insta::assert_json_snapshot;

    use super::*;
    use crate::domain::{CallId, ToolOutcome};

    #[test]
    fn a_tool_call_is_followed_by_its_result_and_then_by_what_was_said() {
        let id = CallId::from_provider("call_1");
        let call = ToolCall::new(id.clone(), "now", json!({}));
        let outcome = ToolOutcome { content: "noon".to_owned(), is_error: false };
        let parts = vec![
            Part::text("Let me look."),
            Part::ToolCall(call),
            Part::ToolResult { call: id, outcome },
            Part::text("It is noon."),
        ];
        let question = PromptMessage { role: Role::User, parts: vec![Part::text("What time is it?")] };
        let answer = PromptMessage { role: Role::Assistant, parts };
        let request = ModelRequest {
            model: "m".to_owned(),
            system: "Be brief.".to_owned(),
            messages: vec![question, answer],
            ..ModelRequest::default()
        };
        assert_json_snapshot!(body(&request)["messages"], @r#"
        [
          {
            "content": "Be brief.",
            "role": "system"
          },
          {
            "content": "What time is it?",
            "role": "user"
          },
          {
            "content": "Let me look.",
            "role": "assistant",
            "tool_calls": [
              {
                "function": {
                  "arguments": "{}",
                  "name": "now"
                },
                "id": "call_1",
                "type": "function"
              }
            ]
          },
          {
            "content": "noon",
            "role": "tool",
            "tool_call_id": "call_1"
          },
          {
            "content": "It is noon.",
            "role": "assistant"
          }
        ]
        "#);
    }
}
