//! Ask the consultant, receive the answer as it is written; come back to it later, from anywhere.

mod ask;
mod context;
mod contract;
mod decide;
mod doors;
mod parts;
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
        .route("/api/chat", post(doors::chat))
        .route("/api/chat/{session}/stream", get(doors::resume))
        .route("/v1/messages", post(doors::messages))
        .route("/v1/messages/count_tokens", post(doors::count_tokens))
        .route("/v1/chat/completions", post(doors::completions))
        .route("/v1/responses", post(doors::create))
        .route("/v1/responses/{response}", get(doors::retrieve).delete(doors::delete))
        .route("/v1/responses/{response}/input_items", get(doors::input_items))
        .route("/v1/responses/{response}/cancel", post(doors::cancel))
        .route("/api/turn_response", post(doors::turn_response))
        .route("/api/v1/conversations/{conversation}/messages", post(doors::say))
        .route("/api/v1/conversations/{conversation}/messages/stream", post(doors::say_streamed))
        .with_state(app)
}
