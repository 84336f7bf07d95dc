//! An HTTP client for tests. It goes nowhere by itself, and has no pool: a story that kills a process must not meet
//! its connections again.

use std::time::Duration;

use reqwest::Client;

use crate::net::{Roots, http_client_builder};

pub fn client() -> Client {
    let builder = http_client_builder(Roots::Builtin).expect("a client");
    builder.pool_max_idle_per_host(0).timeout(Duration::from_mins(1)).build().expect("a client")
}
