//! A message as the Conversation API's clients read it.

use serde_json::{Value, json};

use crate::domain::{Ending, Message, Role, SessionId, Status, StopReason};

/// `ending`: how the answer ended, where that is known; of a message in a history no more is known than its status.
pub fn message(conversation: &SessionId, message: &Message, ending: Option<&Ending>) -> Value {
    let Message { id, role, status, created_at, model, usage, .. } = message;
    json!({
        "id": id.to_uuid(), "conversation_id": conversation.to_uuid(), "role": role, "content": message.text(),
        "token_count": usage.and_then(|spent| spent.usage.output_tokens).filter(|_| *role == Role::Assistant),
        "model": model, "finish_reason": ending.and_then(finish_reason).or(cut_short(*status)),
        "latency_ms": usage.and_then(|spent| spent.latency_ms), "metadata": {}, "created_at": created_at,
    })
}

fn finish_reason(ending: &Ending) -> Option<&'static str> {
    let Ending::Completed { stop, .. } = ending else { return None };
    match stop {
        StopReason::Finished => Some("stop"),
        StopReason::Length => Some("length"),
        StopReason::ToolCalls => Some("tool_calls"),
        StopReason::Refused => Some("content_filter"),
        StopReason::Unfinished | StopReason::Other => None,
    }
}

fn cut_short(status: Status) -> Option<&'static str> {
    match status {
        Status::Failed => Some("error"),
        Status::Cancelled => Some("cancelled"),
        Status::Interrupted => Some("interrupted"),
        Status::Running | Status::Waiting | Status::Completed => None,
    }
}
