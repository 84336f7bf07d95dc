//! An HTTP client for tests. It goes nowhere by itself, and has no pool: a story that kills a process must not meet
//! its connections again.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{COOKIE, HeaderName, HeaderValue, USER_AGENT};

use crate::net::{Roots, http_client_builder};

use super::canaries::CANARY;

pub fn client() -> Client {
    let builder = http_client_builder(Roots::Builtin).expect("a client");
    let canary = HeaderValue::from_static(CANARY);
    let headers = [USER_AGENT, COOKIE, HeaderName::from_static("x-canary")].map(|name| (name, canary.clone()));
    let builder = builder.default_headers(headers.into_iter().collect());
    builder.pool_max_idle_per_host(0).timeout(Duration::from_mins(1)).build().expect("a client")
}
