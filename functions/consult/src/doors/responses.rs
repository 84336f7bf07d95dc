//! `/v1/responses`: `OpenAI`'s SDKs.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as JsonReply};
use serde::Deserialize;
use serde_json::Value;
use shared::agent::{Asked, Place};
use shared::app::App;
use shared::domain::{Entry, TurnEvent, UserId};
use shared::error::{Error, ErrorKind, Result};
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, Path, Query, stream};
use shared::wire::responses::{Create, ResponseBody, ResponseRef, Responses, Terms};
use shared::wire::{Dialect, Encoding};

use super::Visit;

/// A failure is told in the response, not by its status: a client that asked again by itself would ask twice.
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<ResponseBody>,
) -> Result<Response> {
    let Create { request, previous, conversation, terms } = body.parse()?;
    let place = match (previous, conversation) {
        (Some(previous), _) => after(&app, &caller.user, &previous).await?,
        (None, Some(session)) => Place::Known(session),
        (None, None) => Place::New,
    };
    let (streamed, background) = (request.stream, terms.background);
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let mut opened = Visit { app, user: caller.user, place, key, deadline }.open(request).await?;
    let teller = Responses::new(opened.from, terms);
    if streamed {
        return Ok(told(opened.asked, teller));
    }
    let entries =
        if background { opened.asked.events.next().await.unwrap_or_default() } else { opened.entries().await };
    whole(teller, &entries)
}

/// The conversation goes on only where it ends: who wants another branch tells it anew.
async fn after(app: &App, user: &UserId, previous: &ResponseRef) -> Result<Place> {
    let head = app.consultant.turn(user, &previous.turn).await.map_err(named)?.head;
    Ok(Place::Next(head.session.clone(), head.answer_id()))
}

#[derive(Deserialize)]
pub(crate) struct Reading {
    #[serde(default)]
    stream: bool,
    starting_after: Option<u64>,
}

/// As it stands, or as a stream from any event on.
pub(crate) async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(response): Path<String>,
    Query(Reading { stream, starting_after }): Query<Reading>,
) -> Result<Response> {
    let (named, entries) = find(&app, &caller.user, &response).await?;
    let teller = Responses::new(named.opens_at, Terms::default());
    if !stream {
        return whole(teller, &entries);
    }
    let asked = app.consultant.follow(&caller.user, &named.turn).await?;
    Ok(told(asked, if let Some(seen) = starting_after { teller.after(seen) } else { teller }))
}

pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(response): Path<String>,
) -> Result<JsonReply<Value>> {
    let (named, _) = find(&app, &caller.user, &response).await?;
    app.consultant.cancel(&caller.user, &named.turn).await?;
    let (named, entries) = find(&app, &caller.user, &response).await?;
    let response = Responses::new(named.opens_at, Terms::default()).whole(entries.iter().map(AsRef::as_ref));
    response.map(JsonReply).ok_or_else(unknown)
}

/// The response's turn, as far as it has been told: a reader's first batch is all there is.
async fn find(app: &App, user: &UserId, id: &str) -> Result<(ResponseRef, Vec<Arc<Entry>>)> {
    let response = ResponseRef::parse(id).ok_or_else(unknown)?;
    let mut asked = app.consultant.follow(user, &response.turn).await.map_err(named)?;
    let entries = asked.events.next().await.unwrap_or_default();
    let opens = |entry: &Arc<Entry>| {
        let is_decision = matches!(entry.event, TurnEvent::ToolReturned { .. } | TurnEvent::Allowed { .. });
        is_decision && entry.end == response.opens_at
    };
    if response.opens_at > 0 && !entries.iter().any(opens) {
        return Err(unknown());
    }
    Ok((response, entries))
}

fn told(asked: Asked, teller: Responses) -> Response {
    stream(asked, Encoding { dialect: Dialect::Responses, encoder: Box::new(teller), opens_at: 0 }, 0)
}

fn whole(teller: Responses, entries: &[Arc<Entry>]) -> Result<Response> {
    let response = teller.whole(entries.iter().map(AsRef::as_ref));
    response.map(|response| JsonReply(response).into_response()).ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::not_found("response")
}

/// A turn has another name here.
fn named(error: Error) -> Error {
    if error.kind() == ErrorKind::NotFound { unknown() } else { error }
}
