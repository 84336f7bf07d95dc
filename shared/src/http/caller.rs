//! Authentication by type: a handler without a `Caller` has no user.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use serde::Deserialize;

use crate::access::{Proof, Proven};
use crate::app::App;
use crate::domain::{LoginId, Timestamp, UserId};
use crate::error::{Error, Result, codes};
use crate::telemetry::Trace;

use super::cookies::{CookieKind, Cookies, Outgoing, cross_site, is_same_origin};
use super::extract::Query;

/// The proven user of this request.
pub struct Caller {
    pub user: UserId,
    pub proof: Proof,
}

/// A user who is signed in now: no script with a key, no access token that has outlived its login.
pub struct SignedInCaller(pub Caller);

#[derive(Deserialize)]
struct TicketQuery {
    ticket: Option<String>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = prove(parts, app).await?;
        if let Some(work) = Trace::current() {
            work.is_for(&caller.user);
        }
        Ok(caller)
    }
}

async fn prove(parts: &mut Parts, app: &App) -> Result<Caller> {
    let now = Timestamp::now();
    if let Some(token) = token(parts)? {
        return app.access.prove(token, now).await.map(Caller::from);
    }
    if let Some(ticket) = ticket(parts).await? {
        return app.access.prove_by_ticket(&ticket, now).await.map(Caller::from);
    }
    by_cookies(parts, app, now).await.map(Caller::from)
}

impl FromRequestParts<App> for SignedInCaller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Caller { user, proof } = Caller::from_request_parts(parts, app).await?;
        if matches!(proof, Proof::Key(_) | Proof::Ticket) {
            return Err(Error::new(codes::SIGN_IN_NEEDED, "This needs somebody who is signed in, not a key."));
        }
        let proven = Proven { user, proof };
        app.access.still_stands(&proven, Timestamp::now()).await?;
        Ok(Self(proven.into()))
    }
}

impl From<Proven> for Caller {
    fn from(Proven { user, proof }: Proven) -> Self {
        Self { user, proof }
    }
}

impl Caller {
    /// Paths of some clients name a user by an e-mail address: there is nothing under another's, whether or not
    /// somebody has it.
    pub async fn check_email(&self, app: &App, address: &str) -> Result<()> {
        let own = match &self.proof {
            Proof::Trusted(identity) => identity.email.clone(),
            _ => app.store.profile(&self.user, Timestamp::now()).await?.and_then(|profile| profile.identity.email),
        };
        let is_own = own.is_some_and(|own| own.eq_ignore_ascii_case(address));
        if is_own { Ok(()) } else { Err(Error::not_found("session")) }
    }

    /// The login that this request was made in.
    pub fn login(&self) -> Option<&LoginId> {
        match &self.proof {
            Proof::Login(login) => login.as_ref(),
            Proof::Key(_) | Proof::Trusted(_) | Proof::Ticket => None,
        }
    }
}

/// `Authorization: Bearer …`, or `x-api-key` as some SDKs send it.
fn token(parts: &Parts) -> Result<Option<&str>> {
    let unreadable = || Error::unauthenticated("Send an access token or an API key as Bearer.");
    if let Some(key) = parts.headers.get("x-api-key") {
        return key.to_str().map(Some).map_err(|_| unreadable());
    }
    let Some(value) = parts.headers.get(AUTHORIZATION) else { return Ok(None) };
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(unreadable)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(Some(token.trim())) } else { Err(unreadable()) }
}

/// `?ticket=`: only where something is read, so that no link can make somebody do something.
async fn ticket(parts: &mut Parts) -> Result<Option<String>> {
    if !parts.method.is_safe() {
        return Ok(None);
    }
    let Query(TicketQuery { ticket }) = Query::from_request_parts(parts, &()).await?;
    Ok(ticket)
}

async fn by_cookies(parts: &Parts, app: &App, now: Timestamp) -> Result<Proven> {
    let cookies = Cookies::new(&app.config.http);
    let held = |held| cookies.read(&parts.headers, held);
    let (access, refresh) = (held(CookieKind::Access), held(CookieKind::Refresh));
    if access.is_none() && refresh.is_none() {
        return Err(Error::unauthenticated("Send an access token or an API key as Bearer, or sign in."));
    }
    if !parts.method.is_safe() && !is_same_origin(parts, &app.config.http) {
        return Err(cross_site());
    }
    let (proven, renewed) = app.access.prove_by_cookies(access.as_deref(), refresh.as_deref(), now).await?;
    if let (Some(renewed), Some(refresh)) = (renewed, refresh) {
        Outgoing::set(&parts.extensions, cookies.renewed(&renewed, &refresh));
    }
    Ok(proven)
}
