//! `OpenAI`'s Responses starter app asks whether its user is signed in, and whether anybody can be.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::app::App;
use shared::error::Error;
use shared::http::Caller;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleStatus)]
pub(crate) struct StatusReply {
    connected: bool,
    oauth_configured: bool,
}

pub(crate) async fn status(State(app): State<App>, caller: Result<Caller, Error>) -> Json<StatusReply> {
    let oauth_configured = app.access.providers().next().is_some();
    Json(StatusReply { connected: caller.is_ok(), oauth_configured })
}
