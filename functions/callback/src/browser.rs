//! `GET /callback`: a browser is back; it gets its cookies and goes where it wanted.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http::header::USER_AGENT;
use serde::Deserialize;
use shared::access::{ProviderReply, ReturningBrowser};
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::Result;
use shared::http::{Cookies, Query, redirect};

/// What a provider sends along (RFC 6749, 4.1.2; RFC 9207).
#[derive(Deserialize)]
pub(crate) struct ProviderQuery {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

impl ProviderQuery {
    pub(crate) fn reply(&self) -> ProviderReply<'_> {
        let Self { state, code, error, iss } = self;
        ProviderReply {
            state: state.as_deref(),
            code: code.as_deref(),
            error: error.as_deref(),
            issuer: iss.as_deref(),
        }
    }
}

pub(crate) async fn callback(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<ProviderQuery>,
) -> Result<Response> {
    let cookies = Cookies::new(&app.config.http);
    let (browser, agent) = (cookies.sign_in(&headers), agent(&headers));
    let came = ReturningBrowser { browser: browser.as_deref(), agent };
    let signed_in = app.access.finish(&query.reply(), &came, Timestamp::now()).await?;
    Ok(redirect(&signed_in.return_to, cookies.signed_in(&signed_in.issued)))
}

/// What the client calls itself: lets a user tell their logins apart.
pub(crate) fn agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok())
}
