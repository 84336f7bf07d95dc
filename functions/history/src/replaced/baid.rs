//! `GET /history/{email}/{session}`: BAID's plug-in reads a session, and names its user by e-mail address.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shared::app::App;
use shared::domain::{Message, Part, Role, SessionId, Timestamp};
use shared::error::Result;
use shared::http::contract::{self, Contract, Route, email, tag};
use shared::http::{Caller, Path};
use utoipa::ToSchema;

use crate::list::newest;

pub(super) fn router() -> Router<App> {
    Router::new().route("/history/{email}/{session}", get(list))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::BAID, routes())
}

fn routes() -> Vec<Route> {
    vec![
        contract::get("/history/{email}/{session}", "baidListMessages", "List the messages of a session")
            .param(email("email"))
            .gives::<HistoryReply>(200, "The newest thousand, oldest first."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = BaidHistory)]
struct HistoryReply {
    user_id: String,
    session_id: SessionId,
    history: Vec<EntryReply>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BaidMessage)]
struct EntryReply {
    role: &'static str,
    message: String,
    timestamp: Timestamp,
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    Path((email, session)): Path<(String, SessionId)>,
) -> Result<Json<HistoryReply>> {
    caller.check_email(&app, &email).await?;
    let history = newest(&app, &caller.user, &session).await?.iter().filter_map(reply).collect();
    Ok(Json(HistoryReply { user_id: email, session_id: session, history }))
}

/// Of a question what its user wrote: the file that came with it is not theirs to read again. None of an answer that
/// has said nothing.
fn reply(message: &Message) -> Option<EntryReply> {
    let (role, said) = match message.role {
        Role::User => ("user", message.parts.iter().find_map(text)?.to_owned()),
        Role::Assistant => ("agent", message.text()),
    };
    (!said.is_empty()).then_some(EntryReply { role, message: said, timestamp: message.created_at })
}

fn text(part: &Part) -> Option<&str> {
    if let Part::Text { text } = part { Some(text) } else { None }
}
