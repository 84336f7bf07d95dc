//! Errors on the wire: problem details (RFC 9457) with a stable `code` and the request's id.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use crate::error::{Error, ErrorCode, ErrorKind, FieldFault, codes};
use crate::telemetry;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
/// Seconds after which a store or a secret manager may be back.
const SOON: HeaderValue = HeaderValue::from_static("2");

/// An error on its way out, until the layer that knows the request's id writes it down.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: ErrorCode,
    detail: String,
    errors: Vec<FieldFault>,
    turn: Option<String>,
    /// Seconds to wait.
    retry_after: Option<u64>,
}

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[schema(schema_with = code_schema)]
    code: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    /// The fields that cannot be used.
    errors: &'a [FieldFault],
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The turn that stands in the way.
    turn: Option<&'a str>,
}

/// Each code that there is.
fn code_schema() -> Object {
    let names = codes::all().map(ErrorCode::name);
    let about = "Stable: what a program decides by. docs/ERRORS.md says when each happens.";
    ObjectBuilder::new().schema_type(Type::String).description(Some(about)).enum_values(Some(names)).build()
}

impl Problem {
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn code(&self) -> ErrorCode {
        self.code
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// The field that cannot be used, if it is one.
    pub(super) fn field(&self) -> Option<&str> {
        self.errors.first().map(|fault| fault.field.as_str())
    }

    /// Each field that cannot be used, and why.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&str, &str)> {
        self.errors.iter().map(|fault| (fault.field.as_str(), fault.detail.as_str()))
    }

    /// Writes it as a body.
    pub(super) fn render(&self, request_id: &str) -> Body {
        let body = ProblemBody {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code.name(),
            request_id,
            errors: &self.errors,
            turn: self.turn.as_deref(),
        };
        Body::from(serde_json::to_vec(&body).unwrap_or_default())
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self {
            status: status(error.kind()),
            code: error.code(),
            detail: error.public().to_owned(),
            errors: error.faults().to_vec(),
            turn: error.turn().map(str::to_owned),
            // Rounded up: a moment before the end is too early.
            retry_after: error
                .wait()
                .map(|wait| wait.as_millis().div_ceil(1_000))
                .map(|s| s.try_into().unwrap_or(u64::MAX)),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, PROBLEM_JSON);
        match self.status {
            StatusCode::UNAUTHORIZED => drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(RETRY_AFTER, SOON)),
            _ => {}
        }
        headers.extend(self.retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
        response.extensions_mut().insert(self);
        response
    }
}

/// The request's record says why, with its cause; the client sees neither.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        telemetry::note(&self);
        Problem::from(&self).into_response()
    }
}

/// Kind → status exists once.
pub(super) fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed => StatusCode::BAD_REQUEST,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        ErrorKind::Gone => StatusCode::GONE,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::WrongMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Upstream => StatusCode::BAD_GATEWAY,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(super) async fn no_such_path() -> Problem {
    Problem::from(&Error::new(codes::PATH_NOT_FOUND, "There is nothing at this path."))
}

pub(super) async fn no_such_method() -> Problem {
    Problem::from(&Error::new(codes::METHOD_NOT_ALLOWED, "This path does not know this method."))
}
