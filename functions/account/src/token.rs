//! `POST /token`: a refresh token becomes a new access token and its own successor.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::{Error, Result};
use shared::http::{Cookies, Fields, RefreshCookie, TokenReply, with_cookies};
use utoipa::ToSchema;

#[derive(Default, Deserialize, ToSchema)]
#[schema(as = Refresh)]
pub(crate) struct TokenBody {
    #[schema(nullable = false, pattern = "^refresh_token$")]
    grant_type: Option<String>,
    #[schema(nullable = false)]
    refresh_token: Option<String>,
}

/// A browser holds its tokens in cookies, where no script can read them: it only learns how long they are good.
#[derive(Serialize, ToSchema)]
#[schema(as = RenewedCookies)]
pub(crate) struct RenewedReply {
    token_type: &'static str,
    expires_in: u64,
}

pub(crate) async fn refresh(
    State(app): State<App>,
    cookie: RefreshCookie,
    Fields(TokenBody { grant_type, refresh_token }): Fields<TokenBody>,
) -> Result<Response> {
    if grant_type.is_some_and(|kind| kind != "refresh_token") {
        return Err(Error::invalid("grant_type", "Only refresh_token is granted here."));
    }
    match refresh_token {
        Some(token) => app.access.refresh(&token, Timestamp::now()).await.map(to_client),
        None => by_cookie(&app, cookie).await,
    }
}

fn to_client(issued: shared::access::Issued) -> Response {
    Json(TokenReply::from(issued)).into_response()
}

/// Cookies that are good for nothing any more are taken away.
async fn by_cookie(app: &App, cookie: RefreshCookie) -> Result<Response> {
    let cookies = Cookies::new(&app.config.http);
    let token = cookie.held()?.ok_or_else(|| Error::unauthenticated("Send a refresh_token, or sign in."))?;
    match app.access.refresh(&token, Timestamp::now()).await {
        Ok(issued) => {
            let reply = RenewedReply { token_type: "Cookie", expires_in: issued.access_life.as_secs() };
            Ok(with_cookies(Json(reply), cookies.signed_in(&issued)))
        }
        Err(error) if error.is_unavailable() => Err(error),
        Err(error) => Ok(with_cookies(error, cookies.signed_out())),
    }
}
