//! The page: who do you want to be? No script, nothing from elsewhere, links only.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::HeaderName;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::Html;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::params::Params;
use super::person::{DemoUser, PEOPLE};

type Page = ([(HeaderName, String); 2], Html<String>);

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5a6676; --paper: #f4f6f9; --card: #fff; --line: #d9dfe7; \
--accent: #2457c5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf4; --soft: #9fabba; --paper: #12161c; --card: #1b2129; \
--line: #333c48; --accent: #8fb3ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper); \
color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; \
padding: 2rem; }
h1 { margin: 0; font-size: 1.35rem; }
p { margin: .5rem 0 0; color: var(--soft); }
ul { list-style: none; margin: 1.5rem 0; padding: 0; display: grid; gap: .75rem; }
a { display: flex; align-items: center; gap: 1rem; padding: .75rem 1rem; border: 1px solid var(--line); \
border-radius: .75rem; color: inherit; text-decoration: none; }
a:hover, a:focus-visible { border-color: var(--accent); outline: 2px solid var(--accent); outline-offset: 1px; }
.initial { flex: none; width: 2.5rem; height: 2.5rem; border-radius: 50%; display: grid; place-items: center; \
background: var(--accent); color: var(--card); font-weight: 600; }
.who { display: grid; }
.is { color: var(--soft); font-size: .875rem; }
";

pub(super) fn choice(params: &Params) -> Page {
    let mut people = String::new();
    for person in &PEOPLE {
        let _ = writeln!(people, "<li>{}</li>", link(person, params));
    }
    page(&format!(
        "<h1>Who are you today?</h1>\n<p>This machine has no identity provider, so it offers demo users. \
         No password is asked, and nothing leaves this machine.</p>\n<ul>\n{people}</ul>\n\
         <p>To offer Google or another provider, set GOOGLE_CLIENT_ID or OIDC_PROVIDERS.</p>"
    ))
}

/// The same request again, with somebody's name in it.
fn link(person: &DemoUser, params: &Params) -> String {
    let DemoUser { name, full_name, email, is } = person;
    let query = escaped(&params.with_hint(name));
    let initial = &full_name[..1];
    format!(
        "<a href=\"?{query}\"><span class=\"initial\" aria-hidden=\"true\">{initial}</span>\
         <span class=\"who\"><strong>{full_name}</strong><span class=\"is\">{email}, {is}</span></span></a>"
    )
}

pub(super) fn refusal(text: &str) -> Page {
    page(&format!("<h1>This cannot be</h1>\n<p>{}</p>", escaped(text)))
}

fn page(main: &str) -> Page {
    let hash = BASE64_STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Sign in: demo users</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{main}\n</main>\n\
         </body>\n</html>\n"
    );
    ([(CONTENT_SECURITY_POLICY, policy), (REFERRER_POLICY, "no-referrer".to_owned())], Html(html))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
