//! Whether we live (`/health`, which needs nothing) and whether we can work (`/ready`, which asks the store); and what
//! can be asked (`/openapi.json`, `/docs`).

mod contract;
mod docs;
mod replaced;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use shared::app::App;
use shared::error::Result;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(welcome))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/openapi.json", get(docs::document))
        .route("/docs", get(docs::page))
        .merge(replaced::router())
        .with_state(app)
}

async fn welcome() -> Json<Value> {
    Json(json!({ "name": "counsel", "version": env!("CARGO_PKG_VERSION"), "message": "Server is running" }))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// 503 while the store cannot be reached.
async fn ready(State(app): State<App>) -> Result<Response> {
    app.store.ready().await?;
    Ok(Json(json!({ "status": "ok", "checks": { "store": "ok" } })).into_response())
}
