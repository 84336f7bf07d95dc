//! `GET /api/v1/conversations/{conversation}/messages`: oldest first, counted by offset.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use shared::app::App;
use shared::domain::{Message, SessionId, UserId};
use shared::error::Result;
use shared::http::contract::{self, Contract, Route, limit, offset, tag, uuid};
use shared::http::{Caller, Conversation, OffsetPage};
use shared::store::Order;
use shared::wire::conversation_api::{MessageReply, message};

use crate::list::add_live;

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/v1/conversations/{conversation}/messages", get(list))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::CONVERSATION_API, routes())
}

fn routes() -> Vec<Route> {
    let path = "/api/v1/conversations/{conversation}/messages";
    vec![
        contract::get(path, "listConversationMessages", "List the messages of a conversation")
            .param(uuid("conversation"))
            .param(limit(50))
            .param(offset())
            .gives_list_of::<MessageReply>("Oldest first.")
            .refuses(["422"]),
    ]
}

const PAGE_SIZE: usize = 100;

async fn list(
    State(app): State<App>,
    caller: Caller,
    Conversation(id): Conversation,
    window: OffsetPage<50>,
) -> Result<Json<Vec<MessageReply>>> {
    let messages = oldest(&app, &caller.user, &id, window.end()).await;
    let messages = messages.map_err(|error| error.called("conversation"))?;
    Ok(Json(messages.iter().skip(window.offset).map(|said| message(&id, said)).collect()))
}

/// The first so many messages; the question under way is the last of all.
async fn oldest(app: &App, user: &UserId, id: &SessionId, most: usize) -> Result<Vec<Message>> {
    let (_, open) = app.consultant.session_closing_lapsed(user, id).await?;
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let mark = messages.last().map(|last| last.id.clone());
        let page = app.store.messages(user, id, PAGE_SIZE, Order::OldestFirst, mark.as_ref()).await?;
        messages.extend(page.messages);
        if !page.more || messages.len() >= most {
            add_live(&mut messages, open.map(|turn| turn.question), Order::OldestFirst, false, page.more, usize::MAX);
            messages.truncate(most);
            return Ok(messages);
        }
    }
}
