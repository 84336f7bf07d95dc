//! Sending a browser elsewhere, with cookies to hold.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderValue, StatusCode};

use crate::error::Error;

/// `url` is one that we made: another's never goes into a header unread.
pub fn redirect(url: &str, cookies: Vec<HeaderValue>) -> Response {
    let Ok(location) = HeaderValue::from_str(url) else {
        return Error::internal("an address that is none").into_response();
    };
    let mut response = (StatusCode::FOUND, Body::empty()).into_response();
    response.headers_mut().insert(LOCATION, location);
    with_cookies(response, cookies)
}

pub fn with_cookies(reply: impl IntoResponse, cookies: Vec<HeaderValue>) -> Response {
    let mut response = reply.into_response();
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
