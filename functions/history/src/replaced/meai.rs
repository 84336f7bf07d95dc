//! meAI's messages: what was asked, what tools did, what was answered.

use axum::extract::State;
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Serialize;
use shared::app::App;
use shared::domain::{Message, MessageId, Part, Role, SessionId, Timestamp, ToolOutcome, UserId};
use shared::error::{Error, Result};
use shared::http::contract::{self, Contract, Route, tag};
use shared::http::{Caller, DoneReply, Path};
use utoipa::ToSchema;

use crate::delete_message;
use crate::list::newest;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/conversations/{session}/messages", get(list))
        .route("/conversations/{session}/messages/{message}", delete(remove))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::MEAI, routes())
}

fn routes() -> Vec<Route> {
    vec![
        contract::get("/conversations/{session}/messages", "meaiListMessages", "List the messages of a conversation")
            .param(contract::number("session"))
            .gives::<MeaiMessagesReply>(200, "The newest thousand, oldest first."),
        contract::delete("/conversations/{session}/messages/{message}", "meaiDeleteMessage", "Delete a message")
            .param(contract::number("session"))
            .gives::<DoneReply>(200, "The message is deleted."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeAiMessages)]
struct MeaiMessagesReply {
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

async fn list(State(app): State<App>, caller: Caller, Path(id): Path<SessionId>) -> Result<Json<MeaiMessagesReply>> {
    let conversation = number(&id)?;
    let messages = newest(&app, &caller.user, &id).await.map_err(|error| error.called("conversation"))?;
    let messages = messages.iter().flat_map(|message| rows(message, conversation, &caller.user));
    Ok(Json(MeaiMessagesReply { messages: messages.collect() }))
}

async fn remove(
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

/// A message's rows: what tools did stands before what was said. None of an answer that has said nothing: it would be
/// an empty bubble.
fn rows(message: &Message, conversation_id: u64, user: &UserId) -> Vec<MessageReply> {
    let Some(id) = message.id.to_number() else { return Vec::new() };
    let row = |message_id: u64, r#type: &'static str, content: String| {
        let (user_id, created_at) = (user.number(), message.created_at);
        MessageReply { message_id, conversation_id, user_id, r#type, content, created_at }
    };
    // Their page tells rows apart by their numbers. Behind an answer's own none is given for as long as it takes.
    let tools = (id + 1..).zip(outcomes(&message.parts)).map(|(id, content)| row(id, "Tool", content));
    let said = Some(message.text()).filter(|text| !text.is_empty());
    let said = said.map(|text| row(id, if message.role == Role::User { "Human" } else { "AI" }, text));
    tools.chain(said).collect()
}

/// In the words in which meAI's own backend keeps them.
fn outcomes(parts: &[Part]) -> impl Iterator<Item = String> {
    parts.iter().filter_map(|part| {
        let Part::ToolResult { call, outcome: ToolOutcome { content, is_error } } = part else { return None };
        let name = parts.iter().find_map(|part| match part {
            Part::ToolCall(known) if known.id == *call => Some(known.name.as_str()),
            _ => None,
        })?;
        Some(if *is_error {
            format!("[{name}] **{name} failed.**\n\n\nError: {content}")
        } else {
            format!("[{name}] **{name} execution completed**\n\n\nResult: {content}")
        })
    })
}
