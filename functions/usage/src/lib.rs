//! What a user's answers have used up and cost, by day and model.

mod contract;
mod read;
mod replaced;

use axum::Router;
use axum::routing::get;
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new().route("/usage", get(read::read)).merge(replaced::router()).with_state(app)
}
