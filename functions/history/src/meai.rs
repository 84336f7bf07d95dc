//! meAI's messages. What tools did is told while it happens; a history holds what was asked and answered.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::app::App;
use shared::domain::{Message, MessageId, Role, SessionId, Timestamp, UserId};
use shared::error::{Error, Result};
use shared::http::{Caller, DoneReply, Path};
use utoipa::ToSchema;

use crate::delete_message;
use crate::list::newest;

#[derive(Serialize, ToSchema)]
#[schema(as = MeAiMessages)]
pub(crate) struct ListReply {
    messages: Vec<MessageReply>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeAiMessage)]
struct MessageReply {
    message_id: u64,
    conversation_id: u64,
    user_id: u64,
    r#type: &'static str,
    content: String,
    created_at: Timestamp,
}

pub(crate) async fn list(State(app): State<App>, caller: Caller, Path(id): Path<SessionId>) -> Result<Json<ListReply>> {
    let conversation = number(&id)?;
    let messages = newest(&app, &caller.user, &id).await.map_err(|error| error.called("conversation"))?;
    let messages = messages.iter().filter_map(|message| reply(message, conversation, &caller.user));
    Ok(Json(ListReply { messages: messages.collect() }))
}

pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((id, message)): Path<(SessionId, MessageId)>,
) -> Result<Json<DoneReply>> {
    number(&id)?;
    delete_message(&app, &caller.user, &id, &message).await?;
    Ok(Json(DoneReply::saying("Message deleted successfully")))
}

fn number(id: &SessionId) -> Result<u64> {
    id.to_number().ok_or_else(|| Error::not_found("conversation"))
}

/// None of an answer that has said nothing: it would be an empty bubble.
fn reply(message: &Message, conversation_id: u64, user: &UserId) -> Option<MessageReply> {
    let r#type = if message.role == Role::User { "Human" } else { "AI" };
    let (content, created_at) = (message.text(), message.created_at);
    let message_id = message.id.to_number().filter(|_| !content.is_empty())?;
    Some(MessageReply { message_id, conversation_id, user_id: user.number(), r#type, content, created_at })
}
