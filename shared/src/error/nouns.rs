//! Codes that are made of a noun: `session_not_found`, `store_unavailable`.

use super::ErrorCode;
use super::ErrorKind::{NotFound, Unavailable};

/// `Error::not_found("session")` and its like.
const fn missing(name: &'static str) -> ErrorCode {
    let advice = "Check the id and the user.";
    ErrorCode::new(NotFound, name).when("There is no such thing, or it belongs to another user.").advice(advice)
}

pub(super) const NOT_FOUND: [ErrorCode; 15] = [
    missing("call_not_found"),
    missing("conversation_not_found"),
    missing("erasure_not_found"),
    missing("file_not_found"),
    missing("item_not_found"),
    missing("key_not_found"),
    missing("location_not_found"),
    missing("login_not_found"),
    missing("message_not_found"),
    missing("provider_not_found"),
    missing("resource_not_found"),
    missing("response_not_found"),
    missing("session_not_found"),
    missing("tool_not_found"),
    missing("turn_not_found"),
];

/// `Error::unavailable("store")` and its like.
const fn away(name: &'static str) -> ErrorCode {
    let when = "What it names cannot be reached just now. Nothing was lost.";
    ErrorCode::new(Unavailable, name).when(when).advice("Wait for `Retry-After`, then ask again.")
}

pub(super) const UNAVAILABLE: [ErrorCode; 9] = [
    away("answer_unavailable"),
    away("collector_unavailable"),
    away("erasure_unavailable"),
    away("issuer_unavailable"),
    away("password_check_unavailable"),
    away("provider_unavailable"),
    away("secret_unavailable"),
    away("session_unavailable"),
    away("store_unavailable"),
];

/// The code of what is not there. A test holds that each noun in the sources has a row.
pub(super) fn not_found(what: &str) -> ErrorCode {
    family(&NOT_FOUND, what, "_not_found").unwrap_or(missing("resource_not_found"))
}

/// The code of what cannot be reached.
pub(super) fn unavailable(what: &str) -> ErrorCode {
    family(&UNAVAILABLE, what, "_unavailable").unwrap_or(away("service_unavailable"))
}

fn family(codes: &[ErrorCode], what: &str, ending: &str) -> Option<ErrorCode> {
    let what = what.replace(' ', "_");
    codes.iter().find(|code| code.name().strip_suffix(ending) == Some(what.as_str())).copied()
}
