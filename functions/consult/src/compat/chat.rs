//! `POST /api/chat` and the way back to it: Vercel's AI SDK.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use shared::agent::Target;
use shared::app::App;
use shared::error::Result;
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, Path, stream};
use shared::wire::ui::{Chat, ChatBody};
use shared::wire::{Dialect, Encoding};

use super::{AskOptions, CompatRequest};

pub(crate) async fn chat(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<ChatBody>,
) -> Result<Response> {
    let Chat { id, request, keeps, regenerate } = body.parse()?;
    let target = id.map_or(Target::New, |id| Target::named(&id));
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let compat = CompatRequest { app, user: caller.user, target, key, deadline };
    let opened = compat.open_as(request, AskOptions { keeps, regenerate, ..AskOptions::default() }).await?;
    let encoding = Encoding { opens_at: opened.from, ..Dialect::Ui.into() };
    Ok(stream(opened.asked, encoding, 0))
}

/// The open turn from its first event on: the client begins its message anew. 204 when nothing is open.
pub(crate) async fn resume(State(app): State<App>, caller: Caller, Path(chat): Path<String>) -> Result<Response> {
    let open = app.consultant.follow_open(&caller.user, &Target::named(&chat)).await?;
    Ok(open.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |asked| stream(asked, Dialect::Ui, 0)))
}
