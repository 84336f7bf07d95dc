//! Gives a text back: replace this by what `__name__` is for.

mod contract;
mod create;

use axum::Router;
use axum::routing::post;
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new().route("/__name__", post(create::create)).with_state(app)
}
