//! `POST /api/turn_response`: the browser of `OpenAI`'s Responses starter app.

use axum::response::Response;
use shared::agent::Target;
use shared::http::{Json, refusal, stream};
use shared::wire::responses::{Starter, StarterBody};
use shared::wire::{Dialect, Encoding};

use super::AskOptions;
use crate::request::AskRequest;

/// That browser shows no refusals: what is wrong is said as an answer.
pub(crate) async fn turn_response(asks: AskRequest, Json(body): Json<StarterBody>) -> Response {
    let started = match body.parse() {
        Ok(request) => asks.open(Target::New, request, AskOptions::of(&Target::New)).await,
        Err(error) => Err(error),
    };
    match started {
        Ok(started) => {
            let encoder = Box::new(Starter::new(started.from));
            stream(started.asked, Encoding { dialect: Dialect::Starter, encoder, opens_at: 0 }, 0)
        }
        Err(error) => refusal(Dialect::Starter, &error),
    }
}
