//! Signing in ends: a browser comes back from its provider, an app brings a code.

mod app;
mod browser;
mod contract;
mod replaced;

use axum::Router;
use axum::routing::get;
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/callback", get(browser::callback).post(app::callback))
        .merge(replaced::router())
        .with_state(app)
}
