//! `GET /.well-known/jwks.json`: our public keys, for others who check our tokens.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use shared::app::App;
use shared::error::Result;

pub(crate) async fn read(State(app): State<App>) -> Result<impl IntoResponse> {
    Ok(([(CACHE_CONTROL, "public, max-age=300")], Json(app.tokens.jwks().await?)))
}
