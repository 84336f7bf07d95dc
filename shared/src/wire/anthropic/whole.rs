//! A message in one piece.

use serde_json::{Value, json};

use crate::domain::{CallRef, Ending, Part, Runner, StopReason, Usage};
use crate::wire::Answer;

use super::{stop_reason, stop_waiting};

pub fn message(answer: &Answer) -> Value {
    let Answer { turn, message, model, said, waits, .. } = answer;
    let (stop, usage) = match said.ending() {
        Some(Ending::Completed { stop, usage }) => (stop_reason(*stop), *usage),
        _ if waits.is_empty() => (stop_reason(StopReason::Finished), said.usage()),
        _ => (stop_waiting(waits), said.usage()),
    };
    let Usage { input_tokens, output_tokens, .. } = usage;
    let name = |call| CallRef { turn: turn.clone(), call }.to_string();
    let content: Vec<Value> = said.clone().into_parts().into_iter().filter_map(|part| block(part, &name)).collect();
    json!({
        "id": format!("msg_{message}"), "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": stop, "stop_sequence": null,
        "usage": { "input_tokens": input_tokens.unwrap_or(0), "output_tokens": output_tokens.unwrap_or(0) },
    })
}

fn block(part: Part, name: &impl Fn(crate::domain::CallId) -> String) -> Option<Value> {
    Some(match part {
        Part::Text { text } => json!({ "type": "text", "text": text }),
        Part::Reasoning { text, signature } => {
            json!({ "type": "thinking", "thinking": text, "signature": signature.unwrap_or_default() })
        }
        Part::ToolCall(call) if call.runner == Runner::Client => {
            json!({ "type": "tool_use", "id": name(call.id), "name": call.name, "input": call.arguments })
        }
        Part::ToolCall(call) => json!({
            "type": "mcp_tool_use", "id": name(call.id), "name": call.name, "server_name": "counsel",
            "input": call.arguments,
        }),
        Part::ToolResult { call, outcome } => json!({
            "type": "mcp_tool_result", "tool_use_id": name(call), "is_error": outcome.is_error,
            "content": [{ "type": "text", "text": outcome.content }],
        }),
        Part::Image(_) | Part::File(_) | Part::Citation(_) => return None,
    })
}
