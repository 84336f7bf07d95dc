//! `GET /openapi.json` and `GET /docs`: the contract, for programs and for people.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::response::{Html, IntoResponse};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

/// `openapi.json` without its white space (`build.rs`).
const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

const STYLE: &str = include_str!("docs/style.css");
const SCRIPT: &str = concat!(
    "'use strict';\n",
    include_str!("docs/schemas.js"),
    include_str!("docs/request.js"),
    include_str!("docs/reply.js"),
    include_str!("docs/page.js"),
);
/// One file: the policy names its only style and its only script.
static PAGE: LazyLock<String> =
    LazyLock::new(|| format!(include_str!("docs/page.html"), STYLE = STYLE, SCRIPT = SCRIPT));

const CACHED: &str = "public, max-age=300";

pub(crate) async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, CACHED)], DOCUMENT)
}

pub(crate) async fn page() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, POLICY.as_str()), (CACHE_CONTROL, CACHED)], Html(PAGE.as_str()))
}

/// The page may run its own script, wear its own style and talk to us; it loads nothing from anywhere else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let (script, style) = (hash(SCRIPT), hash(STYLE));
    format!(
        "default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
});

/// A text as a policy names it.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes())))
}
