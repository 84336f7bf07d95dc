//! `POST /v1/responses`: `OpenAI`'s SDKs.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use shared::agent::{Asked, Target};
use shared::app::App;
use shared::domain::{Entry, UserId};
use shared::error::{Error, ErrorKind, Result};
use shared::http::{Json, stream};
use shared::wire::responses::{Create, ResponseBody, ResponseRef, Responses, items};
use shared::wire::{Dialect, Encoding};

use super::AskOptions;
use crate::request::AskRequest;

/// A failure stands in the response, not in its status: a client that asked again by itself would ask twice.
pub(crate) async fn create(asks: AskRequest, Json(mut body): Json<ResponseBody>) -> Result<Response> {
    body.fill(&named_items(&asks.app, &asks.user, &body).await?)?;
    let Create { request, previous, conversation, client_fields } = body.parse()?;
    let target = match (previous, conversation) {
        (Some(previous), _) => after(&asks.app, &asks.user, &previous).await?,
        (None, Some(session)) => Target::Known(session),
        (None, None) => Target::New,
    };
    let (streamed, background) = (request.stream, client_fields.background);
    let options = AskOptions { client_fields: client_fields.kept(), ..AskOptions::of(&target) };
    let mut started = asks.open(target, request, options).await?;
    let encoder = Responses::new(started.from, client_fields);
    if streamed {
        return Ok(stream_response(started.asked, encoder));
    }
    let entries =
        if background { started.asked.events.next().await.unwrap_or_default() } else { started.entries().await };
    response_reply(encoder, &entries)
}

/// The items of all turns of which it names some.
async fn named_items(app: &App, user: &UserId, body: &ResponseBody) -> Result<Vec<serde_json::Value>> {
    let logs = app.consultant.logs(user, &body.turns()?).await?;
    Ok(logs.iter().flat_map(|(head, entries)| items(head, entries)).collect())
}

/// The conversation goes on only where it ends: who wants another branch tells it anew.
async fn after(app: &App, user: &UserId, previous: &ResponseRef) -> Result<Target> {
    let head = app.consultant.turn_closing_lapsed(user, &previous.turn).await.map_err(named)?.head;
    Ok(Target::Next(head.session.clone(), head.answer_id()))
}

pub(super) fn stream_response(asked: Asked, encoder: Responses) -> Response {
    stream(asked, Encoding { dialect: Dialect::Responses, encoder: Box::new(encoder), opens_at: 0 }, 0)
}

pub(super) fn response_reply(encoder: Responses, entries: &[Arc<Entry>]) -> Result<Response> {
    let response = encoder.whole(entries.iter().map(AsRef::as_ref));
    response.map(|response| axum::Json(response).into_response()).ok_or_else(unknown)
}

pub(super) fn unknown() -> Error {
    Error::not_found("response")
}

/// A turn has another name here.
pub(super) fn named(error: Error) -> Error {
    if error.kind() == ErrorKind::NotFound { unknown() } else { error }
}
