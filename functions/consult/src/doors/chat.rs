//! `POST /api/chat` and the way back to it: Vercel's AI SDK.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use shared::agent::Place;
use shared::app::App;
use shared::error::Result;
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, Path, stream};
use shared::wire::ui::{Chat, ChatBody};
use shared::wire::{Dialect, Encoding};

use super::{Manner, Visit};

pub(crate) async fn chat(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<ChatBody>,
) -> Result<Response> {
    let Chat { id, request, keeps, again } = body.parse()?;
    let place = id.map_or(Place::New, |id| Place::named(&id));
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let visit = Visit { app, user: caller.user, place, key, deadline };
    let opened = visit.open_as(request, Manner { keeps, again, ..Manner::default() }).await?;
    let encoding = Encoding { opens_at: opened.from, ..Dialect::Ui.into() };
    Ok(stream(opened.asked, encoding, 0))
}

/// The open turn from its first event on: the client begins its message anew. 204 when nothing is open.
pub(crate) async fn resume(State(app): State<App>, caller: Caller, Path(chat): Path<String>) -> Result<Response> {
    let open = app.consultant.follow_open(&caller.user, &Place::named(&chat)).await?;
    Ok(open.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |asked| stream(asked, Dialect::Ui, 0)))
}
