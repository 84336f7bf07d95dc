//! Errors in the shape that a path's clients know: the paths of the systems and SDKs that Counsel speaks like.

use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::error::{ErrorCode, codes};

use super::problem::Problem;

/// Clients that read errors alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorFormat {
    /// Our own: problem details (RFC 9457).
    Ours,
    /// <https://docs.anthropic.com/en/api/errors>
    Anthropic,
    /// <https://platform.openai.com/docs/guides/error-codes>
    OpenAi,
    /// The AI SDK shows a reply's body as it is.
    Text,
    /// `{"detail": …}`, as `FastAPI` says it: of fields that cannot be used it makes a list. Where clients read a text
    /// only, our own has it.
    Detail,
    /// `{"error": …}`
    Plain,
}

/// By the beginning of a path; the first that fits.
const FORMATS: &[(&str, ErrorFormat)] = &[
    ("/v1/messages", ErrorFormat::Anthropic),
    ("/v1/", ErrorFormat::OpenAi),
    ("/api/chat", ErrorFormat::Text),
    ("/api/v1/", ErrorFormat::Detail),
    ("/api/turn_response", ErrorFormat::Plain),
    ("/api/functions/", ErrorFormat::Plain),
    ("/api/google/", ErrorFormat::Plain),
    ("/api/container_files/", ErrorFormat::Plain),
];

/// Anthropic's SDKs send it, and use a path that `OpenAI`'s have, too.
const ANTHROPIC_VERSION: &str = "anthropic-version";

/// What SDKs would ask again by themselves, as another turn: its provider was asked often enough, or its user has
/// cancelled it.
const FINAL: [ErrorCode; 2] = [codes::ANSWER_FAILED, codes::ANSWER_CANCELLED];

impl ErrorFormat {
    pub(super) fn of(path: &str, headers: &HeaderMap) -> Self {
        let known = FORMATS.iter().find(|(beginning, _)| path.starts_with(beginning));
        match known.map_or(Self::Ours, |(_, error_format)| *error_format) {
            Self::OpenAi if headers.contains_key(ANTHROPIC_VERSION) => Self::Anthropic,
            error_format => error_format,
        }
    }

    /// Theirs know no 422, and say 404 of a model. A 503 stays one, not Anthropic's 529: proxies know it, and their
    /// SDKs ask again all the same.
    pub(super) fn status(self, problem: &Problem) -> StatusCode {
        match (self, problem.status()) {
            (Self::Anthropic | Self::OpenAi, _) if problem.code() == codes::UNKNOWN_MODEL => StatusCode::NOT_FOUND,
            (Self::Anthropic | Self::OpenAi, StatusCode::UNPROCESSABLE_ENTITY) => StatusCode::BAD_REQUEST,
            (_, status) => status,
        }
    }

    /// What its clients read besides.
    pub(super) fn add_headers(self, problem: Option<&Problem>, request_id: &HeaderValue, headers: &mut HeaderMap) {
        if self == Self::Anthropic {
            headers.insert("request-id", request_id.clone());
        }
        let is_final = problem.is_some_and(|problem| FINAL.contains(&problem.code()));
        if is_final && matches!(self, Self::Anthropic | Self::OpenAi) {
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
    }

    /// The content type and the body; none where the body is our own.
    pub(super) fn render(self, problem: &Problem, request_id: &str) -> Option<(&'static str, Vec<u8>)> {
        let (status, detail) = (self.status(problem), problem.detail());
        let body = match self {
            Self::Detail if status == StatusCode::UNPROCESSABLE_ENTITY => json!({ "detail": faults(problem) }),
            // Problem details have a `detail`, too.
            Self::Ours | Self::Detail => return None,
            Self::Text => return Some(("text/plain; charset=utf-8", detail.as_bytes().to_vec())),
            Self::Anthropic => json!({
                "type": "error", "error": { "type": anthropic(status), "message": detail }, "request_id": request_id,
            }),
            Self::OpenAi => json!({ "error": {
                "message": detail, "type": openai(status), "param": problem.field(), "code": openai_code(problem),
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

fn openai_code(problem: &Problem) -> &'static str {
    if problem.code() == codes::UNKNOWN_MODEL { "model_not_found" } else { problem.code().name() }
}

fn faults(problem: &Problem) -> Vec<Value> {
    let fault = |(field, detail): (&str, &str)| json!({ "loc": place(field), "msg": detail, "type": "value_error" });
    problem.faults().map(fault).collect()
}

/// Where a field stands; in the body, unless its name says `query.`.
fn place(field: &str) -> Value {
    let body = (!field.starts_with("query.")).then_some("body");
    body.into_iter().chain(field.split('.').filter(|word| !word.is_empty())).map(Value::from).collect()
}
