//! A message in one piece.

use serde_json::{Value, json};

use crate::domain::{CallRef, Ending, Part, Runner, StopReason};
use crate::wire::Answer;

use super::{hosted_result, hosted_use, stop_reason, stop_waiting, usage};

pub fn message(answer: &Answer) -> Value {
    let Answer { turn, message, model, said, waits, .. } = answer;
    let stop = match said.ending() {
        Some(Ending::Completed { stop, .. }) => stop_reason(*stop),
        _ if waits.is_empty() => stop_reason(StopReason::Finished),
        _ => stop_waiting(waits),
    };
    let name = |call| CallRef { turn: turn.clone(), call }.to_string();
    let content: Vec<Value> = said.clone().into_parts().into_iter().filter_map(|part| block(part, &name)).collect();
    json!({
        "id": format!("msg_{message}"), "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": stop, "stop_sequence": null,
        "usage": usage(said.usage()),
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
        Part::ToolCall(call) => hosted_use(&name(call.id), &call.name, &call.arguments),
        Part::ToolResult { call, outcome } => hosted_result(&name(call), &outcome),
        Part::Image(_) | Part::File(_) | Part::Citation(_) => return None,
    })
}
