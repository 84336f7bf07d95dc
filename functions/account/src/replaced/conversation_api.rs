//! The Conversation API's clients register, log in and sign out in their own words.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::HeaderMap;
use http::header::USER_AGENT;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::access::Admitted;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::{Error, Result};
use shared::http::contract::{self, Contract, Route, tag};
use shared::http::{self as edge, Caller, DoneReply, TokenReply};
use utoipa::ToSchema;

use crate::sign_out;

pub(super) fn router(app: &App) -> Router<App> {
    let passwords = if app.config.identity.passwords { by_password() } else { Router::new() };
    Router::new().route("/api/v1/auth/logout", post(logout)).merge(passwords)
}

/// Where this is off, there is nothing at these paths.
fn by_password() -> Router<App> {
    Router::new().route("/api/v1/auth/register", post(register)).route("/api/v1/auth/login", post(login))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::CONVERSATION_API, routes())
}

fn routes() -> Vec<Route> {
    vec![
        with_password(contract::post(
            "/api/v1/auth/register",
            "registerWithPassword",
            "Register with an e-mail address and a password",
        )),
        with_password(contract::post("/api/v1/auth/login", "loginWithPassword", "Sign in with a password"))
            .refuses(["429"]),
        contract::post("/api/v1/auth/logout", "conversationApiLogout", "Sign out")
            .open_or_signed_in()
            .gives::<DoneReply>(200, "Signed out."),
    ]
}

/// Where `PASSWORD_SIGN_IN` is off, these paths answer 404.
fn with_password(route: Route) -> Route {
    route
        .open()
        .about("Only where password sign-in is switched on.")
        .takes::<PasswordBody>(&json!({ "email": "ada@example.org", "password": "a long password" }))
        .gives::<PasswordSignInReply>(200, "Tokens and the user.")
        .refuses(["401", "404"])
}

/// Deliberately no `Debug`.
#[derive(Deserialize, ToSchema)]
#[schema(as = Password)]
struct PasswordBody {
    #[schema(
        max_length = 254,
        pattern = r"^\s*[^\s@\x00-\x1f\x7f-\x9f]+@[^\s@.\x00-\x1f\x7f-\x9f]([^\s@\x00-\x1f\x7f-\x9f]*[^\s@.\x00-\x1f\x7f-\x9f])?\s*$"
    )]
    email: String,
    #[schema(min_length = 8, max_length = 256)]
    password: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Admitted)]
struct PasswordSignInReply {
    #[serde(flatten)]
    token: TokenReply,
    user: UserReply,
}

/// These clients read a user's id as a UUID.
#[derive(Serialize, ToSchema)]
#[schema(as = AdmittedUser)]
struct UserReply {
    id: String,
    email: String,
}

async fn register(
    State(app): State<App>,
    headers: HeaderMap,
    edge::Json(PasswordBody { email, password }): edge::Json<PasswordBody>,
) -> Result<Json<PasswordSignInReply>> {
    let admitted = app.access.register(&email, &password.into(), agent(&headers), Timestamp::now()).await?;
    Ok(Json(admitted.into()))
}

async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    edge::Json(PasswordBody { email, password }): edge::Json<PasswordBody>,
) -> Result<Json<PasswordSignInReply>> {
    let admitted = app.access.log_in(&email, &password.into(), agent(&headers), Timestamp::now()).await?;
    Ok(Json(admitted.into()))
}

async fn logout(State(app): State<App>, headers: HeaderMap, caller: Result<Caller, Error>) -> Result<Json<DoneReply>> {
    sign_out::end(&app, &headers, caller, false).await?;
    Ok(Json(DoneReply::saying("Logged out successfully")))
}

/// What the client calls itself: lets a user tell their logins apart.
fn agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok())
}

impl From<Admitted> for PasswordSignInReply {
    fn from(Admitted { issued, email }: Admitted) -> Self {
        let user = UserReply { id: issued.user.uuid(), email };
        Self { token: TokenReply::bearer(issued), user }
    }
}
