//! A message in one piece.

use serde_json::{Value, json};

use crate::domain::{CallRef, Citation, Ending, Part, Runner, StopReason};
use crate::wire::Answer;

use super::{Stop, cited, hosted_result, hosted_use, stop_reason, stop_waiting, usage};

pub fn message(answer: &Answer) -> Value {
    let Answer { turn, message, model, said, waits, stopped, .. } = answer;
    let Stop { reason, sequence } = match said.ending() {
        Some(Ending::Completed { stop, .. }) => stop_reason(*stop, stopped.as_deref()),
        _ if waits.is_empty() => stop_reason(StopReason::Finished, None),
        _ => Stop::plain(stop_waiting(waits)),
    };
    let name = |call| CallRef { turn: turn.clone(), call }.to_string();
    let mut content = Vec::new();
    for part in said.clone().into_parts() {
        match part {
            Part::Citation(citation) => cite(&mut content, &citation),
            part => content.extend(block(part, &name)),
        }
    }
    json!({
        "id": format!("msg_{message}"), "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": reason, "stop_sequence": sequence,
        "usage": usage(said.usage()),
    })
}

/// Of the text before.
fn cite(content: &mut [Value], citation: &Citation) {
    let text = content.iter_mut().rfind(|block| block["type"] == "text");
    if let (Some(text), Some(told)) = (text, cited(citation)) {
        match text["citations"].as_array_mut() {
            Some(known) => known.push(told),
            None => text["citations"] = json!([told]),
        }
    }
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
