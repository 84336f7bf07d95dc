//! `POST /v1/messages`: Anthropic's SDKs.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as JsonReply};
use shared::agent::Target;
use shared::app::App;
use shared::error::Result;
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, stream};
use shared::wire::anthropic::{MessagesBody, message};
use shared::wire::{Dialect, Encoding};

use super::CompatRequest;

pub(crate) async fn messages(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<MessagesBody>,
) -> Result<Response> {
    let request = body.parse()?;
    let streamed = request.stream;
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let opened = CompatRequest { app, user: caller.user, target: Target::New, key, deadline }.open(request).await?;
    if streamed {
        let encoding = Encoding { opens_at: opened.from, ..Dialect::Anthropic.into() };
        Ok(stream(opened.asked, encoding, 0))
    } else {
        Ok(JsonReply(message(&opened.whole().await?)).into_response())
    }
}
