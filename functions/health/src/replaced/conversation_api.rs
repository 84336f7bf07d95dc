//! `GET /api/v1/openapi.json`: where the Conversation API had its contract.

use axum::Router;
use axum::routing::get;
use shared::app::App;
use shared::http::contract::{Contract, tag};

use crate::contract::document;
use crate::docs;

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/v1/openapi.json", get(docs::document))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::CONVERSATION_API, [document("/api/v1/openapi.json", "conversationApiGetOpenapi")])
}
