//! What systems that Counsel replaces know of tools. To remove a system: delete its file, and its names here.

mod starter;

use axum::Router;
use shared::app::App;
use shared::http::contract::Contract;

pub(crate) fn router() -> Router<App> {
    starter::router()
}

pub(crate) fn contract() -> Contract {
    starter::contract()
}
