//! The way in of BAID's plug-in for IDEs: it opens Google's page with a state of its own, then asks every two seconds.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use http::header::CONTENT_SECURITY_POLICY;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::app::App;
use shared::domain::{Identity, Timestamp};
use shared::error::{Error, Result};
use shared::http::Query;
use shared::http::contract::{self, Contract, Param, Route, tag};
use utoipa::ToSchema;

use crate::browser::ProviderQuery;
use crate::contract::{from_provider, text};

pub(super) fn router() -> Router<App> {
    // The plug-in's browser comes to the first, the plug-in itself polls the second.
    Router::new().route(CALLBACK, get(came_back)).route("/api/auth/session", get(pick_up))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::BAID, routes())
}

fn routes() -> Vec<Route> {
    vec![
        from_provider(contract::get(
            "/api/auth/google-login",
            "baidCallback",
            "Complete the sign-in of an IDE's browser",
        ))
        .gives_text(200, "A page: signed in.", "text/html")
        .gives_text(400, "A page: not signed in.", "text/html")
        .gives_text("5XX", "A page: not signed in, for a fault of ours.", "text/html"),
        contract::get("/api/auth/session", "baidGetKey", "Get the API key of an IDE that has signed in")
            .open()
            .about("The plug-in asks until its browser has signed in. The key is given once.")
            .param(Param::query("state", "The state that the plug-in sent to the provider.", &text()).required())
            .gives::<PickedUpReply>(200, "The key.")
            .gives_json(404, "Not yet: ask again.", &json!({ "type": "object", "required": ["error"] })),
    ]
}

const CALLBACK: &str = "/api/auth/google-login";

#[derive(Deserialize)]
struct StateQuery {
    state: String,
}

/// The plug-in takes `picture: null` for a fault: what is not known is left out.
#[derive(Serialize, ToSchema)]
#[schema(as = PickedUp)]
struct PickedUpReply {
    access_token: String,
    expires_in: u64,
    email: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// Anything but null ends the plug-in's waiting.
    #[schema(required)]
    error: Option<String>,
}

/// The browser comes back: a page for a person.
async fn came_back(State(app): State<App>, query: Result<Query<ProviderQuery>>) -> Response {
    match leave(&app, query).await {
        Ok(()) => page(StatusCode::OK, "You are signed in", "You may close this window and return to your IDE."),
        Err(error) => {
            let text = error.public().to_owned();
            page(status(&error.into_response()), "You are not signed in", &text)
        }
    }
}

async fn leave(app: &App, query: Result<Query<ProviderQuery>, Error>) -> Result<()> {
    let Query(query) = query?;
    app.access.leave_for_pickup(&query.reply(), CALLBACK, Timestamp::now()).await
}

/// A browser that is shown a page is not asked for a token: whatever was wrong with its request is 400.
fn status(refusal: &Response) -> StatusCode {
    if refusal.status().is_client_error() { StatusCode::BAD_REQUEST } else { refusal.status() }
}

/// 404 means: ask again.
async fn pick_up(State(app): State<App>, Query(query): Query<StateQuery>) -> Result<Response> {
    let picked_up = app.access.pick_up(&query.state, Timestamp::now()).await?;
    let Some((identity, access_token, life)) = picked_up else {
        let body = Json(json!({ "error": "Session not found or expired" }));
        return Ok((StatusCode::NOT_FOUND, body).into_response());
    };
    let Identity { email, name, picture, subject, .. } = identity;
    let email = email.unwrap_or(subject);
    let name = name.unwrap_or_else(|| email.clone());
    let reply = PickedUpReply { access_token, expires_in: life.as_secs(), email, name, picture, error: None };
    Ok(Json(reply).into_response())
}

/// Every text here is our own: nothing of the request is shown.
fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let style = "font-family:system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem";
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <body style=\"{style}\"><h1>{title}</h1><p>{text}</p></body></html>"
    );
    let policy = [(CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")];
    (status, policy, Html(html)).into_response()
}
