//! A completion in one piece.

use serde_json::{Value, json};

use crate::domain::{CallId, Ending, Part, Runner, StopReason, ToolCall, Transcript};
use crate::wire::Answer;

use super::{asking, call_name, finish_reason, finish_waiting, id, seconds, usage};

pub fn completion(answer: &Answer) -> Value {
    let Answer { message, model, at, said, waits, .. } = answer;
    let finish = match said.ending() {
        Some(Ending::Completed { stop, .. }) => finish_reason(*stop),
        _ if waits.is_empty() => finish_reason(StopReason::Finished),
        _ => finish_waiting(waits),
    };
    let choice = json!({ "index": 0, "message": spoken(answer), "logprobs": null, "finish_reason": finish });
    json!({
        "id": id(message), "object": "chat.completion", "created": seconds(*at), "model": model,
        "choices": [choice], "usage": usage(said.usage()),
    })
}

/// Nothing said is null, as it is theirs.
fn spoken(answer: &Answer) -> Value {
    let (mut text, mut thoughts, mut calls) = (String::new(), String::new(), Vec::new());
    for part in answer.said.parts() {
        match part {
            Part::Text { text: piece } => text.push_str(piece),
            Part::Reasoning { text: piece, .. } => thoughts.push_str(piece),
            Part::ToolCall(call) if call.runner == Runner::Client => calls.push(tool_call(answer, call)),
            _ => {}
        }
    }
    if let Some(words) = asking(&answer.turn, &answer.waits, |call| name(&answer.said, call)) {
        let gap = if text.is_empty() { "" } else { "\n\n" };
        text = format!("{text}{gap}{words}");
    }
    let content = (!text.is_empty() || calls.is_empty()).then_some(text);
    let mut message = json!({ "role": "assistant", "content": content, "refusal": null });
    if !thoughts.is_empty() {
        message["reasoning_content"] = thoughts.into();
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    message
}

fn name<'a>(said: &'a Transcript, call: &CallId) -> Option<&'a str> {
    said.parts().iter().find_map(|part| match part {
        Part::ToolCall(known) if known.id == *call => Some(known.name.as_str()),
        _ => None,
    })
}

fn tool_call(answer: &Answer, call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
    json!({ "id": call_name(Some(&answer.turn), &call.id), "type": "function", "function": function })
}
