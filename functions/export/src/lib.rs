//! Everything that we have of a user, for them to take away.

mod contract;
mod lines;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::Result;
use shared::http::SignedInCaller;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new().route("/me/export", get(read)).with_state(app)
}

/// As a file; who reads slowly is waited for.
async fn read(State(app): State<App>, SignedInCaller(caller): SignedInCaller) -> Result<Response> {
    let now = Timestamp::now();
    let export = app.access.export(&caller.user, now).await?;
    let mut response = Response::new(Body::from_stream(lines::of(export, caller.user, now)));
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"counsel-export.ndjson\""),
        (CACHE_CONTROL, "no-store"),
    ];
    response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    Ok(response)
}
