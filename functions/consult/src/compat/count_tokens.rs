//! `POST /v1/messages/count_tokens`: Anthropic's SDKs, before they ask. An estimate: each provider counts in its own
//! way, and ours are asked nothing.

use axum::Json as JsonReply;
use axum::extract::State;
use serde::Serialize;
use shared::agent::ClientContext;
use shared::app::App;
use shared::error::Result;
use shared::http::{Caller, Json};
use shared::wire::anthropic::MessagesBody;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = AnthropicCount)]
pub(crate) struct Count {
    input_tokens: u64,
}

pub(crate) async fn count_tokens(
    State(app): State<App>,
    _caller: Caller,
    Json(body): Json<MessagesBody>,
) -> Result<JsonReply<Count>> {
    let (system, messages, tools) = body.prompt()?;
    app.consultant.tools().check_clients(&tools)?;
    Ok(JsonReply(Count {
        input_tokens: app.consultant.count(ClientContext { system, messages: Some(messages) }, &tools),
    }))
}
