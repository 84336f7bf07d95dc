//! What every request passes: an id, a log line, CORS, headers, and a net below panics.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use crate::config::HttpConfig;
use crate::crypto::random_bytes;
use crate::error::Error;
use crate::telemetry::Trace;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures::FutureExt;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Uri};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::admission::{Admission, admit};
use super::cookies::Outgoing;
use super::error_format::ErrorFormat;
use super::problem::{Problem, no_such_method, no_such_path};
use super::recorded_body::RequestRecord;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Nothing that we send is a page, but for those that say so: it loads nothing and stands in no frame.
const NO_CONTENT: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const PREFLIGHT_LIFE: Duration = Duration::from_mins(10);

pub fn layers(router: Router, config: &HttpConfig) -> Router {
    let router = router
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(Admission::new(config.max_requests), admit))
        .layer(from_fn(around))
        .layer(cors(&config.allowed_origins));
    // Before a route is chosen: what a router lays around its routes comes after that.
    Router::new().fallback_service(router).layer(map_request(without_slash))
}

/// Some clients end a path with a slash, some do not, and a redirect loses what was posted: both are the same path.
async fn without_slash(mut request: Request) -> Request {
    if let Some(uri) = trimmed(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn trimmed(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("{path}{query}")).ok()?);
    Uri::from_parts(parts).ok()
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let limits = ["ratelimit", "ratelimit-policy", "x-session-id"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(limits.into_iter().chain([LOCATION, REQUEST_ID, RETRY_AFTER]).collect::<Vec<_>>())
        .max_age(PREFLIGHT_LIFE)
}

/// One id, one trace and one record for each request.
async fn around(mut request: Request, next: Next) -> Response {
    let outgoing = Outgoing::default();
    request.extensions_mut().insert(outgoing.clone());
    let id = request_id(&request);
    let work = Trace::of_request(id.clone(), request.headers());
    let method = request.method().clone();
    // The route, not the path: ids are nobody's business in a log line of every request.
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let error_format = ErrorFormat::of(request.uri().path(), request.headers());
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answer = async { answer.await.unwrap_or_else(|_| Error::internal("a handler panicked").into_response()) };
    let response = work.clone().scope(answer).await;
    let code = response.extensions().get::<Problem>().map(|problem| problem.code().to_string());
    let mut response = finish(response, error_format, &id);
    outgoing.write(response.headers_mut());
    RequestRecord { work, method, route, status: response.status(), code }.of(response)
}

/// A client's own id is kept if it is harmless.
fn request_id(request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let harmless = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    given.filter(harmless).map_or_else(fresh_id, str::to_owned)
}

fn fresh_id() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<12>())
}

fn finish(mut response: Response, error_format: ErrorFormat, id: &str) -> Response {
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = &problem {
        *response.status_mut() = error_format.status(problem);
        response.headers_mut().remove(CONTENT_LENGTH);
        if let Some((kind, body)) = error_format.render(problem, id) {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            *response.body_mut() = body.into();
        } else {
            *response.body_mut() = problem.render(id);
        }
    }
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NO_CONTENT);
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    if let Ok(id) = HeaderValue::from_str(id) {
        error_format.add_headers(problem.as_ref(), &id, headers);
        headers.insert(REQUEST_ID, id);
    }
    response
}
