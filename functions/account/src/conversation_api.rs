//! The Conversation API's clients sign out in their own words.

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use serde_json::{Value, json};
use shared::app::App;
use shared::error::{Error, Result};
use shared::http::Caller;

use crate::sign_out;

pub(crate) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Result<Caller, Error>,
) -> Result<Json<Value>> {
    sign_out::end(&app, &headers, caller, false).await?;
    Ok(Json(json!({ "message": "Logged out successfully" })))
}
