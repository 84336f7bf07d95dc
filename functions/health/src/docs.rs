//! `GET /openapi.json` and `GET /docs`: the contract, for programs and for people.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::response::{Html, IntoResponse};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

/// Made from the code of all functions (`make openapi`), so that this one need not know them.
pub const DOCUMENT: &str = include_str!("../openapi.json");
const PAGE: &str = include_str!("docs.html");

const KEPT: &str = "public, max-age=300";

pub(crate) async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, KEPT)], DOCUMENT)
}

pub(crate) async fn page() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, POLICY.as_str()), (CACHE_CONTROL, KEPT)], Html(PAGE))
}

/// The page may run its own script, wear its own style and read from us; it loads nothing from anywhere else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let (script, style) = (hash_of("script"), hash_of("style"));
    format!(
        "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
});

/// What stands in the page's only element of this name, as a policy names it.
fn hash_of(name: &str) -> String {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let inside = PAGE.split(&start).nth(1).and_then(|rest| rest.split(&end).next()).unwrap_or_default();
    format!("'sha256-{}'", BASE64_STANDARD.encode(digest(&SHA256, inside.as_bytes())))
}
