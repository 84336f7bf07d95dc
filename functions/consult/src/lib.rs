//! Ask the consultant, receive the answer as it is written; come back to it later, from anywhere.

mod ask;
mod compat;
mod context;
mod contract;
mod decide;
mod parts;
mod request;
mod resume;
mod tools;

use axum::Router;
use axum::routing::{get, post};
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/consult", post(ask::consult))
        .route("/api/consult", post(ask::ask_for_blocks))
        .route("/turns/{turn}/stream", get(resume::resume))
        .route("/turns/{turn}/approvals/{call}", post(decide::approve))
        .route("/turns/{turn}/outcomes/{call}", post(decide::report))
        .route("/api/chat", post(compat::chat))
        .route("/api/chat/{session}/stream", get(compat::resume))
        .route("/v1/messages", post(compat::messages))
        .route("/v1/messages/count_tokens", post(compat::count_tokens))
        .route("/v1/chat/completions", post(compat::completions))
        .route("/v1/responses", post(compat::create))
        .route("/v1/responses/{response}", get(compat::retrieve).delete(compat::delete))
        .route("/v1/responses/{response}/input_items", get(compat::input_items))
        .route("/v1/responses/{response}/cancel", post(compat::cancel))
        .route("/api/turn_response", post(compat::turn_response))
        .route("/api/v1/conversations/{conversation}/messages", post(compat::say))
        .route("/api/v1/conversations/{conversation}/messages/stream", post(compat::say_streamed))
        .with_state(app)
}
