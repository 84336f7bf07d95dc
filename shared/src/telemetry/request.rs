//! The record of a request, made when its answer has ended or its client has left.

use std::sync::atomic::{AtomicBool, Ordering};

use http::{Method, StatusCode};
use tracing::Level;

use crate::error::ErrorKind;

use super::trace::millis;
use super::{Trace, tell};

static COLD: AtomicBool = AtomicBool::new(true);

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Complete,
    /// What was to be sent could not be had.
    Broken,
    /// Its client, or the way to it, was gone before the end.
    Left,
}

impl Ended {
    fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Broken => "broken",
            Self::Left => "left",
        }
    }
}

/// `code` is that of a refusal that was no error of ours to note.
pub fn tell_request(work: &Trace, method: &Method, route: &str, status: StatusCode, code: Option<&str>, ended: Ended) {
    let failure = work.failure();
    let level = match failure.as_ref().map(|failure| failure.kind) {
        Some(ErrorKind::Internal) => Level::ERROR,
        Some(ErrorKind::Unavailable | ErrorKind::Upstream) => Level::WARN,
        _ if status.is_server_error() => Level::WARN,
        _ => Level::INFO,
    };
    let (status, duration_ms, cold_start) = (status.as_u16(), millis(work.took()), COLD.swap(false, Ordering::Relaxed));
    let code = failure.as_ref().map(|failure| failure.code.as_str()).or(code);
    let cause = failure.as_ref().and_then(|failure| failure.cause.as_deref());
    let (method, ended) = (known(method), ended.name());
    work.within(|| {
        tell!(level, target: "request", method, route, status, duration_ms, ended, code, cause, cold_start);
    });
}

/// A client may make one up.
fn known(method: &Method) -> &'static str {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD, Method::OPTIONS];
    const NAMES: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.iter().position(|known| known == method).map_or("other", |at| NAMES[at])
}
