//! meAI's front end asks who is signed in, and signs out, in its own words.

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::HeaderMap;
use serde::Serialize;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::{Error, Result};
use shared::http::contract::{self, Contract, Route, tag};
use shared::http::{Caller, DoneReply, RefreshCookie};
use utoipa::ToSchema;

use crate::me::profile;
use crate::sign_out;

pub(super) fn router() -> Router<App> {
    Router::new().route("/auth/me", get(me)).route("/auth/logout", post(logout))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::MEAI, routes())
}

fn routes() -> Vec<Route> {
    vec![
        contract::get("/auth/me", "meaiGetMe", "Get the signed-in user").gives::<MeAiReply>(200, "The user."),
        contract::post("/auth/logout", "meaiLogout", "Sign out")
            .open_or_signed_in()
            .gives::<DoneReply>(200, "Signed out."),
    ]
}

#[derive(Serialize, ToSchema)]
#[schema(as = MeAiUser)]
struct MeAiReply {
    email: Option<String>,
    name: Option<String>,
    avatar_url: Option<String>,
    auth_method: &'static str,
    user_id: u64,
    last_login: Option<Timestamp>,
    created_at: Option<Timestamp>,
}

async fn me(State(app): State<App>, caller: Caller) -> Result<Json<MeAiReply>> {
    let profile = profile(&app, &caller).await?;
    let (created_at, last_login) = profile.as_ref().map(|p| (p.created_at, p.last_login_at)).unzip();
    let (email, name, avatar_url) =
        profile.map(|profile| profile.identity).map_or((None, None, None), |i| (i.email, i.name, i.picture));
    let user_id = caller.user.number();
    Ok(Json(MeAiReply { email, name, avatar_url, auth_method: "google", user_id, last_login, created_at }))
}

async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Result<Caller, Error>,
    cookie: RefreshCookie,
) -> Result<Response> {
    sign_out::end(&app, &headers, caller, false).await?;
    Ok(sign_out::out(&app, Json(DoneReply::saying("Successfully logged out")), &cookie))
}
