//! Authentication by type: a handler without a `Caller` has no user.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::app::App;
use crate::domain::{Timestamp, UserId};
use crate::error::Error;

/// The proven user of this request.
pub struct Caller {
    pub user: UserId,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let token = token(parts).ok_or_else(|| Error::unauthenticated("Send an access token as Bearer."))?;
        let user = app.tokens.verify(token, Timestamp::now()).await?;
        Ok(Self { user })
    }
}

/// `Authorization: Bearer …`, or `x-api-key` as some SDKs send it.
fn token(parts: &Parts) -> Option<&str> {
    if let Some(key) = parts.headers.get("x-api-key") {
        return key.to_str().ok();
    }
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
