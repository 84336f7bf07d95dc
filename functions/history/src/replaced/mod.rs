//! What systems that Counsel replaces know of messages. To remove a system: delete its file, and its names here.

mod baid;
mod conversation_api;
mod meai;

use axum::Router;
use shared::app::App;
use shared::http::contract::Contract;

pub(crate) fn router() -> Router<App> {
    Router::new().merge(baid::router()).merge(meai::router()).merge(conversation_api::router())
}

pub(crate) fn contract() -> Contract {
    baid::contract().and(meai::contract()).and(conversation_api::contract())
}
