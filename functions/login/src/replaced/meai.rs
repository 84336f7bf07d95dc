//! `GET /auth/google`: the button of meAI's front end.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use shared::app::App;
use shared::error::Result;
use shared::http::contract::{self, Contract, tag};

use crate::begin;
use crate::contract::sends_away;

pub(super) fn router() -> Router<App> {
    Router::new().route("/auth/google", get(login))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::MEAI, [sends_away(contract::get("/auth/google", "meaiLogin", "Sign in with Google"))])
}

async fn login(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    begin(&app, &headers, None, None, "/auth/google/callback").await
}
