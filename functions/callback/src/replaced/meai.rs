//! `GET /auth/google/callback`: meAI's redirect URI, as registered with Google.

use axum::Router;
use axum::routing::get;
use shared::app::App;
use shared::http::contract::{self, Contract, tag};

use crate::browser::callback;
use crate::contract::lets_in;

pub(super) fn router() -> Router<App> {
    Router::new().route("/auth/google/callback", get(callback))
}

pub(super) fn contract() -> Contract {
    let back = contract::get("/auth/google/callback", "meaiCallback", "Complete a browser's sign-in");
    Contract::of(tag::MEAI, [lets_in(back)])
}
