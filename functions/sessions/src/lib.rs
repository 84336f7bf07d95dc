//! Sessions: list, create, read, change, delete; and as the conversations of three other systems.

mod baid;
mod change;
mod contract;
mod conversation_api;
mod list;
mod meai;
mod reply;

use axum::Router;
use axum::routing::{delete, get, patch};
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/sessions", get(list::list).post(change::create))
        .route("/sessions/{session}", get(list::read).patch(change::change).delete(change::delete))
        // BAID's plug-in: a user's e-mail address, then a session.
        .route("/sessions/{session}/{second}", delete(baid::remove))
        // meAI's front end.
        .route("/conversations", get(meai::list).post(meai::create))
        .route("/conversations/{session}", patch(meai::change).delete(meai::remove))
        // The Conversation API's clients.
        .route("/api/v1/conversations", get(conversation_api::list).post(conversation_api::create))
        .route(
            "/api/v1/conversations/{conversation}",
            get(conversation_api::read).patch(conversation_api::change).delete(conversation_api::remove),
        )
        .with_state(app)
}
