//! `POST /v1/chat/completions`: OpenAI's SDKs, and whoever speaks like them.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as JsonReply};
use shared::agent::Target;
use shared::app::App;
use shared::error::Result;
use shared::http::{Caller, HostDeadline, IdempotencyKey, Json, stream};
use shared::wire::completions::{CompletionsBody, completion, encoding};

use super::CompatRequest;

pub(crate) async fn completions(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<CompletionsBody>,
) -> Result<Response> {
    let wants_usage = body.wants_usage();
    let request = body.parse()?;
    let streamed = request.stream;
    let deadline = deadline.map(|Extension(HostDeadline(at))| at);
    let opened = CompatRequest { app, user: caller.user, target: Target::New, key, deadline }.open(request).await?;
    if streamed {
        let encoding = encoding(wants_usage, opened.from);
        Ok(stream(opened.asked, encoding, 0))
    } else {
        Ok(JsonReply(completion(&opened.whole().await?)).into_response())
    }
}
