//! A message as the Conversation API's clients read it.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::{Message, ModelRef, Role, SessionId, Status, StopReason, Timestamp};

#[derive(Serialize, ToSchema)]
#[schema(as = ConversationMessage)]
pub struct MessageReply {
    #[schema(required, format = "uuid")]
    id: Option<String>,
    #[schema(required, format = "uuid")]
    conversation_id: Option<String>,
    role: Role,
    content: String,
    /// Of an answer.
    #[schema(required)]
    token_count: Option<u64>,
    #[schema(required)]
    model: Option<ModelRef>,
    #[schema(required)]
    finish_reason: Option<&'static str>,
    #[schema(required)]
    latency_ms: Option<u64>,
    /// None is kept with a message.
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    created_at: Timestamp,
}

pub fn message(conversation: &SessionId, message: &Message) -> MessageReply {
    let Message { id, role, status, stop, created_at, model, usage, .. } = message;
    MessageReply {
        id: id.to_uuid(),
        conversation_id: conversation.to_uuid(),
        role: *role,
        content: message.text(),
        token_count: usage.and_then(|spent| spent.usage.output_tokens).filter(|_| *role == Role::Assistant),
        model: model.clone(),
        finish_reason: stop.and_then(finish_reason).or(cut_short(*status)),
        latency_ms: usage.and_then(|spent| spent.latency_ms),
        metadata: Map::new(),
        created_at: *created_at,
    }
}

fn finish_reason(stop: StopReason) -> Option<&'static str> {
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
