//! Signing in ends: a browser comes back from its provider, an app brings a code, an IDE picks up its key.

mod app;
mod browser;
mod contract;
mod ide;

use axum::Router;
use axum::routing::get;
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/callback", get(browser::callback).post(app::callback))
        // meAI's redirect URI, as registered with Google.
        .route("/auth/google/callback", get(browser::callback))
        // The IDE plug-in's: its browser comes here, the plug-in itself polls.
        .route("/api/auth/google-login", get(ide::came_back))
        .route("/api/auth/session", get(ide::pick_up))
        .with_state(app)
}
