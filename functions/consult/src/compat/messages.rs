//! `POST /v1/messages`: Anthropic's SDKs.

use axum::Json as JsonReply;
use axum::response::{IntoResponse, Response};
use shared::agent::Target;
use shared::error::Result;
use shared::http::{Json, stream};
use shared::wire::anthropic::{MessagesBody, message};
use shared::wire::{Dialect, Encoding};

use super::AskOptions;
use crate::request::AskRequest;

pub(crate) async fn messages(asks: AskRequest, Json(body): Json<MessagesBody>) -> Result<Response> {
    let request = body.parse()?;
    let streamed = request.stream;
    let started = asks.open(Target::New, request, AskOptions::of(&Target::New)).await?;
    if streamed {
        let encoding = Encoding { opens_at: started.from, ..Dialect::Anthropic.into() };
        Ok(stream(started.asked, encoding, 0))
    } else {
        Ok(JsonReply(message(&started.whole().await?)).into_response())
    }
}
