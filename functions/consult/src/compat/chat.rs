//! `POST /api/chat` and the way back to it: Vercel's AI SDK.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use shared::agent::Target;
use shared::app::App;
use shared::error::Result;
use shared::http::{Caller, Json, Path, stream};
use shared::wire::ui::{Chat, ChatBody};
use shared::wire::{Dialect, Encoding};

use super::AskOptions;
use crate::request::AskRequest;

pub(crate) async fn chat(asks: AskRequest, Json(body): Json<ChatBody>) -> Result<Response> {
    let Chat { id, request, keeps, regenerate } = body.parse()?;
    let target = id.map_or(Target::New, |id| Target::named(&id));
    let started = asks.open(target, request, AskOptions { keeps, regenerate, ..AskOptions::default() }).await?;
    let encoding = Encoding { opens_at: started.from, ..Dialect::Ui.into() };
    Ok(stream(started.asked, encoding, 0))
}

/// The open turn from its first event on: the client begins its message anew. 204 when nothing is open.
pub(crate) async fn resume(State(app): State<App>, caller: Caller, Path(chat): Path<String>) -> Result<Response> {
    let open = app.consultant.follow_open(&caller.user, &Target::named(&chat)).await?;
    Ok(open.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |asked| stream(asked, Dialect::Ui, 0)))
}
