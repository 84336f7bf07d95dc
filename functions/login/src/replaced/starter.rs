//! `GET /api/google/auth`: the button of `OpenAI`'s Responses starter app.

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
    Router::new().route("/api/google/auth", get(login))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::STARTER, [sends_away(contract::get("/api/google/auth", "starterLogin", "Sign in with Google"))])
}

/// The app looks for what it is returned with.
async fn login(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    begin(&app, &headers, None, Some("/?connected=1"), "/callback").await
}
