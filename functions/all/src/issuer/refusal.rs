//! Refusals in OAuth's own words (RFC 6749, sections 4.1.2.1 and 5.2).

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use shared::error::Error;

/// A code of the standard, and a sentence for the developer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) &'static str, pub(super) &'static str);

impl From<Error> for Refusal {
    fn from(_: Error) -> Self {
        Self("server_error", "The issuer cannot answer just now.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(error, description) = self;
        let status = match error {
            "invalid_client" | "invalid_token" => axum::http::StatusCode::UNAUTHORIZED,
            "server_error" => axum::http::StatusCode::INTERNAL_SERVER_ERROR,
            _ => axum::http::StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({ "error": error, "error_description": description }))).into_response()
    }
}
