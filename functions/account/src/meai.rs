//! meAI's front end asks who is signed in, and signs out, in its own words.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Serialize;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::{Error, Result};
use shared::http::{Caller, DoneReply, RefreshCookie};
use utoipa::ToSchema;

use crate::{me, sign_out};

#[derive(Serialize, ToSchema)]
#[schema(as = MeAiUser)]
pub(crate) struct MeAiReply {
    email: Option<String>,
    name: Option<String>,
    avatar_url: Option<String>,
    auth_method: &'static str,
    user_id: u64,
    last_login: Option<Timestamp>,
    created_at: Option<Timestamp>,
}

pub(crate) async fn me(State(app): State<App>, caller: Caller) -> Result<Json<MeAiReply>> {
    let profile = me::profile(&app, &caller).await?;
    let (created_at, last_login) = profile.as_ref().map(|p| (p.created_at, p.last_login_at)).unzip();
    let (email, name, avatar_url) =
        profile.map(|profile| profile.identity).map_or((None, None, None), |i| (i.email, i.name, i.picture));
    let user_id = caller.user.number();
    Ok(Json(MeAiReply { email, name, avatar_url, auth_method: "google", user_id, last_login, created_at }))
}

pub(crate) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Result<Caller, Error>,
    cookie: RefreshCookie,
) -> Result<Response> {
    sign_out::end(&app, &headers, caller, false).await?;
    Ok(sign_out::out(&app, Json(DoneReply::saying("Successfully logged out")), &cookie))
}
