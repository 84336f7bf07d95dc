//! What systems that Counsel replaces know of their users. To remove a system: delete its file, and its names here.

mod conversation_api;
mod meai;
mod starter;

use axum::Router;
use shared::app::App;
use shared::http::contract::Contract;

pub(crate) fn router(app: &App) -> Router<App> {
    Router::new().merge(meai::router()).merge(conversation_api::router(app)).merge(starter::router())
}

pub(crate) fn contract() -> Contract {
    meai::contract().and(conversation_api::contract()).and(starter::contract())
}
