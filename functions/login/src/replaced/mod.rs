//! What systems that Counsel replaces know of signing in. To remove a system: delete its file, and its names here.

mod meai;
mod starter;

use axum::Router;
use shared::app::App;
use shared::http::contract::Contract;

pub(crate) fn router() -> Router<App> {
    Router::new().merge(meai::router()).merge(starter::router())
}

pub(crate) fn contract() -> Contract {
    meai::contract().and(starter::contract())
}
