//! Signing in begins: the browser is sent to an identity provider.

mod contract;
mod replaced;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use shared::access::SignInOptions;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::Result;
use shared::http::{Cookies, Query, redirect};
use utoipa::ToSchema;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/login", get(login))
        .route("/login/providers", get(providers))
        .merge(replaced::router())
        .with_state(app)
}

#[derive(Deserialize)]
struct LoginQuery {
    provider: Option<String>,
    return_to: Option<String>,
}

/// What a front end needs for its buttons, and an app for a flow of its own.
#[derive(Serialize, ToSchema)]
#[schema(as = Provider)]
struct ProviderReply {
    name: String,
    label: String,
    issuer: String,
    client_id: String,
    scopes: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Providers)]
struct ProvidersReply {
    data: Vec<ProviderReply>,
}

async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    Query(LoginQuery { provider, return_to }): Query<LoginQuery>,
) -> Result<Response> {
    begin(&app, &headers, provider.as_deref(), return_to.as_deref(), "/callback").await
}

async fn begin(
    app: &App,
    headers: &HeaderMap,
    provider: Option<&str>,
    return_to: Option<&str>,
    callback: &str,
) -> Result<Response> {
    let cookies = Cookies::new(&app.config.http);
    let held = cookies.sign_in(headers);
    let wish = SignInOptions { provider, return_to, callback, browser: held.as_deref() };
    let begun = app.access.begin(&wish, Timestamp::now()).await?;
    Ok(redirect(&begun.url, cookies.begun(&begun.browser)))
}

async fn providers(State(app): State<App>) -> Json<ProvidersReply> {
    let data = app.access.providers().map(|provider| ProviderReply {
        name: provider.name.clone(),
        label: provider.label.clone().unwrap_or_else(|| provider.name.clone()),
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        scopes: provider.scopes.clone(),
    });
    Json(ProvidersReply { data: data.collect() })
}
