//! `POST /logout`: ends this login, or all of them.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use shared::access::Proof;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::{Error, ErrorKind, Result, codes};
use shared::http::{Caller, Cookies, Fields, Query, RefreshCookie, with_cookies};
use utoipa::ToSchema;

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = SignOut)]
pub(crate) struct LogoutBody {
    everywhere: bool,
    refresh_token: Option<String>,
}

pub(crate) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Result<Caller, Error>,
    cookie: RefreshCookie,
    Query(query): Query<LogoutBody>,
    Fields(body): Fields<LogoutBody>,
) -> Result<Response> {
    let everywhere = body.everywhere || query.everywhere;
    match body.refresh_token {
        Some(token) => end_by_token(&app, &token, everywhere).await?,
        None => end(&app, &headers, caller, everywhere).await?,
    }
    Ok(out(&app, StatusCode::NO_CONTENT, &cookie))
}

/// The reply, and the end of the cookies.
pub(crate) fn out(app: &App, reply: impl IntoResponse, cookie: &RefreshCookie) -> Response {
    let ended = if cookie.is_of_our_page() { Cookies::new(&app.config.http).signed_out() } else { Vec::new() };
    with_cookies(reply, ended)
}

async fn end_by_token(app: &App, token: &str, everywhere: bool) -> Result<()> {
    let now = Timestamp::now();
    match app.access.end_login_of(token, now).await? {
        Some(user) if everywhere => app.access.end_every_login(&user, now).await,
        _ => Ok(()),
    }
}

/// Who comes by cookie and is signed in no more has what they want.
pub(crate) async fn end(app: &App, headers: &HeaderMap, caller: Result<Caller, Error>, everywhere: bool) -> Result<()> {
    let by_cookie = !headers.contains_key(AUTHORIZATION) && !headers.contains_key("x-api-key");
    let caller = match caller {
        Err(error) if by_cookie && error.kind() == ErrorKind::Unauthenticated => return Ok(()),
        caller => caller?,
    };
    if matches!(caller.proof, Proof::Key(_)) {
        return Err(Error::new(codes::SIGN_IN_NEEDED, "A key is revoked at /me/keys, not signed out."));
    }
    let now = Timestamp::now();
    match caller.login() {
        _ if everywhere => app.access.end_every_login(&caller.user, now).await,
        Some(login) => unless_gone(app.access.end_login(&caller.user, login, now).await),
        None => Ok(()),
    }
}

/// A login that has ended already needs no end.
fn unless_gone(ended: Result<()>) -> Result<()> {
    ended.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}
