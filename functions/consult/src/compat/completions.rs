//! `POST /v1/chat/completions`: OpenAI's SDKs, and clients that speak like them.

use axum::Json as JsonReply;
use axum::response::{IntoResponse, Response};
use shared::agent::Target;
use shared::error::Result;
use shared::http::{Json, stream};
use shared::wire::completions::{CompletionsBody, completion, encoding};

use super::AskOptions;
use crate::request::AskRequest;

pub(crate) async fn completions(asks: AskRequest, Json(body): Json<CompletionsBody>) -> Result<Response> {
    let wants_usage = body.wants_usage();
    let request = body.parse()?;
    let streamed = request.stream;
    let started = asks.open(Target::New, request, AskOptions::of(&Target::New)).await?;
    if streamed {
        let encoding = encoding(wants_usage, started.from);
        Ok(stream(started.asked, encoding, 0))
    } else {
        Ok(JsonReply(completion(&started.whole().await?)).into_response())
    }
}
