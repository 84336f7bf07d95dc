//! `OpenAI`'s Responses starter app asks whether its user is signed in, and whether anybody can be.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shared::app::App;
use shared::error::Error;
use shared::http::Caller;
use shared::http::contract::{self, Contract, Route, tag};
use utoipa::ToSchema;

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/google/status", get(status))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::STARTER, routes())
}

fn routes() -> Vec<Route> {
    vec![
        contract::get("/api/google/status", "starterGetStatus", "Check whether the user is signed in")
            .open()
            .gives::<StatusReply>(200, "Whether the user is signed in, and whether signing in is possible."),
    ]
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GoogleStatus)]
struct StatusReply {
    connected: bool,
    oauth_configured: bool,
}

async fn status(State(app): State<App>, caller: Result<Caller, Error>) -> Json<StatusReply> {
    let oauth_configured = app.access.providers().next().is_some();
    Json(StatusReply { connected: caller.is_ok(), oauth_configured })
}
