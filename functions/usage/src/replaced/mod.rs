//! What systems that Counsel replaces know of usage. To remove a system: delete its file, and its names here.

mod conversation_api;

use axum::Router;
use shared::app::App;
use shared::http::contract::Contract;

pub(crate) fn router() -> Router<App> {
    conversation_api::router()
}

pub(crate) fn contract() -> Contract {
    conversation_api::contract()
}
