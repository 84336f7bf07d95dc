//! What a user's answers have used up and cost, by day and model.

mod contract;
mod conversation_api;
mod read;

use axum::Router;
use axum::routing::get;
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/usage", get(read::read))
        .route("/api/v1/usage/stats", get(conversation_api::stats))
        .with_state(app)
}
