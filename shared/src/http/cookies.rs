//! What a browser holds for us: names, flags, and the way out for those that a handler sets.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use cookie::{Cookie, SameSite};
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue};

use crate::access::{Issued, Renewed, SIGN_IN_TTL};
use crate::app::App;
use crate::config::HttpConfig;
use crate::error::{Error, Result, codes};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CookieKind {
    Access,
    Refresh,
    SignIn,
}

/// How our cookies look here: `__Host-` and Secure wherever browsers come by https.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    secure: bool,
    split_sites: bool,
}

impl Cookies {
    pub fn new(config: &HttpConfig) -> Self {
        let plain = config.public_url.as_deref().is_some_and(|url| url.starts_with("http://"));
        Self { secure: !plain, split_sites: config.split_sites && !plain }
    }

    fn name(self, held: CookieKind) -> &'static str {
        match (held, self.secure) {
            (CookieKind::Access, true) => "__Host-counsel-access",
            (CookieKind::Refresh, true) => "__Host-counsel-refresh",
            (CookieKind::SignIn, true) => "__Host-counsel-sign-in",
            (CookieKind::Access, false) => "counsel-access",
            (CookieKind::Refresh, false) => "counsel-refresh",
            (CookieKind::SignIn, false) => "counsel-sign-in",
        }
    }

    pub(super) fn read(self, headers: &HeaderMap, held: CookieKind) -> Option<String> {
        let texts = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
        let found = cookies.find(|cookie| cookie.name() == self.name(held))?;
        Some(found.value().to_owned()).filter(|value| !value.is_empty())
    }

    /// What a browser that began a sign-in holds of it.
    pub fn sign_in(self, headers: &HeaderMap) -> Option<String> {
        self.read(headers, CookieKind::SignIn)
    }

    pub fn begun(self, browser: &str) -> Vec<HeaderValue> {
        // Coming back from the provider is another site's doing, but a navigation: Lax lets it through.
        let cookie = self.cookie(CookieKind::SignIn, browser, SIGN_IN_TTL).same_site(SameSite::Lax);
        written([cookie.build()])
    }

    pub fn signed_in(self, issued: &Issued) -> Vec<HeaderValue> {
        let access = self.cookie(CookieKind::Access, &issued.access, issued.access_life);
        let refresh = self.cookie(CookieKind::Refresh, &issued.refresh, issued.refresh_life);
        written([access.build(), refresh.build()])
    }

    pub(super) fn renewed(self, renewed: &Renewed, refresh: &str) -> Vec<HeaderValue> {
        let access = self.cookie(CookieKind::Access, &renewed.access, renewed.access_life);
        let refresh = renewed.refresh_life.map(|life| self.cookie(CookieKind::Refresh, refresh, life).build());
        written([access.build()].into_iter().chain(refresh))
    }

    pub fn signed_out(self) -> Vec<HeaderValue> {
        written([CookieKind::Access, CookieKind::Refresh].map(|held| self.cookie(held, "", Duration::ZERO).build()))
    }

    fn cookie(self, held: CookieKind, value: &str, life: Duration) -> cookie::CookieBuilder<'static> {
        let life = cookie::time::Duration::seconds(i64::try_from(life.as_secs()).unwrap_or(i64::MAX));
        let same_site = if self.split_sites { SameSite::None } else { SameSite::Lax };
        Cookie::build((self.name(held), value.to_owned()))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(same_site)
            .max_age(life)
    }
}

fn written(cookies: impl IntoIterator<Item = Cookie<'static>>) -> Vec<HeaderValue> {
    cookies.into_iter().filter_map(|cookie| HeaderValue::from_str(&cookie.to_string()).ok()).collect()
}

/// The refresh token that a browser holds, for a route that uses it as such.
pub struct RefreshCookie {
    token: Option<String>,
    same_origin: bool,
}

impl RefreshCookie {
    /// Whether the request may take cookies away: what another site sends here puts nobody out.
    pub fn is_of_our_page(&self) -> bool {
        self.same_origin
    }

    /// Only to pages of our own.
    pub fn held(self) -> Result<Option<String>> {
        match self.token {
            Some(_) if !self.same_origin => Err(cross_site()),
            token => Ok(token),
        }
    }
}

impl FromRequestParts<App> for RefreshCookie {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let token = Cookies::new(&app.config.http).read(&parts.headers, CookieKind::Refresh);
        Ok(Self { token, same_origin: is_same_origin(parts, &app.config.http) })
    }
}

pub(super) fn cross_site() -> Error {
    Error::new(codes::CROSS_SITE, "Only pages of our own may do this with a cookie.")
}

/// What an extractor wants the browser to hold: it has no response of its own to say so.
#[derive(Clone, Default)]
pub(super) struct Outgoing(Arc<Mutex<Vec<HeaderValue>>>);

impl Outgoing {
    pub(super) fn set(extensions: &Extensions, cookies: Vec<HeaderValue>) {
        if let Some(Self(outgoing)) = extensions.get() {
            outgoing.lock().unwrap_or_else(PoisonError::into_inner).extend(cookies);
        }
    }

    /// A handler that sets a cookie itself has the last word.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        if headers.contains_key(SET_COOKIE) {
            return;
        }
        for cookie in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            headers.append(SET_COOKIE, cookie);
        }
    }
}

/// Whether a request was made by a page of ours: asked of those that change something and bring a cookie only.
pub(super) fn is_same_origin(parts: &Parts, config: &HttpConfig) -> bool {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    match header("origin") {
        Some(origin) => is_known(origin, config),
        None => header("sec-fetch-site") == Some("same-origin"),
    }
}

fn is_known(origin: &str, config: &HttpConfig) -> bool {
    let own = config.public_url.as_deref().and_then(origin_of);
    own.as_deref() == Some(origin) || config.allowed_origins.iter().any(|allowed| allowed == origin)
}

fn origin_of(url: &str) -> Option<String> {
    url::Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}
