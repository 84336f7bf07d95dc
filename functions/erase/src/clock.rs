//! What a schedule asks for: every erasure that is due goes on. No client gets here.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::StatusCode;
use shared::app::App;
use shared::error::Result;

pub(crate) fn router(app: App) -> Router {
    Router::new().route("/clock", post(tick)).with_state(app)
}

/// What there is no time for now is for the next time.
async fn tick(State(app): State<App>) -> Result<StatusCode> {
    app.consultant.erase_due().await.map(|_| StatusCode::NO_CONTENT)
}
