//! A body whose fields come as JSON or as a form, or not at all: `OAuth` clients send forms, browsers nothing.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;

use super::extract::{parse, read};

pub struct Fields<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for Fields<T> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_form = kind.starts_with("application/x-www-form-urlencoded");
        let body = read(request.into_body()).await;
        let fields = body.and_then(|bytes| match bytes.trim_ascii() {
            [] => Ok(T::default()),
            form if is_form => from_form(form),
            json => parse(json),
        });
        fields.map(Self).map_err(IntoResponse::into_response)
    }
}

fn from_form<T: DeserializeOwned>(form: &[u8]) -> Result<T, Error> {
    let pairs = url::form_urlencoded::parse(form);
    // A form knows text only.
    let value = |text: String| text.parse().map_or(Value::String(text), Value::Bool);
    let fields: Value = pairs.map(|(name, text)| (name.into_owned(), value(text.into_owned()))).collect();
    parse(fields.to_string().as_bytes())
}
