//! `POST /v1/responses`: `OpenAI`'s SDKs.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use shared::agent::{Asked, Place};
use shared::app::App;
use shared::domain::{Entry, UserId};
use shared::error::{Error, ErrorKind, Result};
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, stream};
use shared::wire::responses::{Create, ResponseBody, ResponseRef, Responses, items};
use shared::wire::{Dialect, Encoding};

use super::{Manner, Visit};

/// A failure is told in the response, not by its status: a client that asked again by itself would ask twice.
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(mut body): Json<ResponseBody>,
) -> Result<Response> {
    body.fill(&named_items(&app, &caller.user, &body).await?)?;
    let Create { request, previous, conversation, terms } = body.parse()?;
    let place = match (previous, conversation) {
        (Some(previous), _) => after(&app, &caller.user, &previous).await?,
        (None, Some(session)) => Place::Known(session),
        (None, None) => Place::New,
    };
    let (streamed, background) = (request.stream, terms.background);
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let visit = Visit { app, user: caller.user, place, key, deadline };
    let manner = Manner { keeps: visit.keeps(), terms: terms.kept(), ..Manner::default() };
    let mut opened = visit.open_as(request, manner).await?;
    let teller = Responses::new(opened.from, terms);
    if streamed {
        return Ok(told(opened.asked, teller));
    }
    let entries =
        if background { opened.asked.events.next().await.unwrap_or_default() } else { opened.entries().await };
    whole(teller, &entries)
}

/// The items of all turns of which it names some.
async fn named_items(app: &App, user: &UserId, body: &ResponseBody) -> Result<Vec<serde_json::Value>> {
    let logs = app.consultant.logs(user, &body.turns()?).await?;
    Ok(logs.iter().flat_map(|(head, entries)| items(head, entries)).collect())
}

/// The conversation goes on only where it ends: who wants another branch tells it anew.
async fn after(app: &App, user: &UserId, previous: &ResponseRef) -> Result<Place> {
    let head = app.consultant.turn(user, &previous.turn).await.map_err(named)?.head;
    Ok(Place::Next(head.session.clone(), head.answer_id()))
}

pub(super) fn told(asked: Asked, teller: Responses) -> Response {
    stream(asked, Encoding { dialect: Dialect::Responses, encoder: Box::new(teller), opens_at: 0 }, 0)
}

pub(super) fn whole(teller: Responses, entries: &[Arc<Entry>]) -> Result<Response> {
    let response = teller.whole(entries.iter().map(AsRef::as_ref));
    response.map(|response| axum::Json(response).into_response()).ok_or_else(unknown)
}

pub(super) fn unknown() -> Error {
    Error::not_found("response")
}

/// A turn has another name here.
pub(super) fn named(error: Error) -> Error {
    if error.kind() == ErrorKind::NotFound { unknown() } else { error }
}
