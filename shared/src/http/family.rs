//! Errors in the shape that a path's clients know: the paths of the systems and SDKs that Counsel speaks like.

use http::StatusCode;
use serde_json::{Value, json};

use super::problem::Problem;

/// Clients that read errors alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Our own: problem details (RFC 9457).
    Ours,
    /// <https://docs.anthropic.com/en/api/errors>
    Anthropic,
    /// <https://platform.openai.com/docs/guides/error-codes>
    OpenAi,
    /// The AI SDK shows a reply's body as it is.
    Text,
    /// `{"detail": …}`, as `FastAPI` says it; of fields that cannot be used it makes a list.
    Detail,
    /// `{"error": …}`
    Plain,
}

/// By the beginning of a path; the first that fits.
const FAMILIES: &[(&str, Family)] = &[
    ("/v1/messages", Family::Anthropic),
    ("/v1/", Family::OpenAi),
    ("/api/chat", Family::Text),
    ("/api/v1/", Family::Detail),
    ("/api/consult", Family::Detail),
    ("/conversations", Family::Detail),
    ("/history/", Family::Detail),
    ("/api/turn_response", Family::Plain),
    ("/api/functions/", Family::Plain),
    ("/api/container_files/", Family::Plain),
];

impl Family {
    pub(super) fn of(path: &str) -> Self {
        let known = FAMILIES.iter().find(|(beginning, _)| path.starts_with(beginning));
        known.map_or(Self::Ours, |(_, family)| *family)
    }

    /// The content type and the body; none where the body is our own.
    pub(super) fn render(self, problem: &Problem, request_id: &str) -> Option<(&'static str, Vec<u8>)> {
        let (status, detail) = (problem.status(), problem.detail());
        let body = match self {
            Self::Detail if status == StatusCode::UNPROCESSABLE_ENTITY => json!({ "detail": faults(problem) }),
            // Problem details have a `detail`, too.
            Self::Ours | Self::Detail => return None,
            Self::Text => return Some(("text/plain; charset=utf-8", detail.as_bytes().to_vec())),
            Self::Anthropic => json!({
                "type": "error", "error": { "type": anthropic(status), "message": detail }, "request_id": request_id,
            }),
            Self::OpenAi => json!({ "error": {
                "message": detail, "type": openai(status), "param": problem.field(), "code": problem.code(),
            }}),
            Self::Plain => json!({ "error": detail }),
        };
        Some(("application/json", body.to_string().into_bytes()))
    }
}

fn anthropic(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 | 405 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 => "overloaded_error",
        400..500 => "invalid_request_error",
        _ => "api_error",
    }
}

fn openai(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        400..500 => "invalid_request_error",
        _ => "server_error",
    }
}

fn faults(problem: &Problem) -> Vec<Value> {
    let place = |field: &str| std::iter::once("body").chain(field.split('.')).map(Value::from).collect::<Value>();
    let fault = |(field, detail): (&str, &str)| json!({ "loc": place(field), "msg": detail, "type": "value_error" });
    problem.faults().map(fault).collect()
}
