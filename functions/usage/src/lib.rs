//! What a user's answers have used up and cost, by day and model.

mod read;

use axum::Router;
use axum::routing::get;
use shared::app::App;

pub fn router(app: App) -> Router {
    Router::new().route("/usage", get(read::read)).with_state(app)
}
