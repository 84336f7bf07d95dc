//! Serves a `Router` as a Lambda function: each event is one request.
//!
//! Our own adapter between `lambda_runtime` and axum; each module below says which fault of the ready-made
//! one it cures.

use std::panic::AssertUnwindSafe;
use std::time::SystemTime;

use axum::{
    Router,
    http::{HeaderName, HeaderValue},
};
use futures::FutureExt;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn, tower::ServiceExt};
use serde_json::Value;

use self::{event::Origin, reply::LambdaReply};
use super::{Idle, ResponseMode};
use crate::http::HostDeadline;

mod drain;
mod event;
mod reply;

/// Serves events until the host takes the process away. Before it asks for the next event it waits
/// until `settled` says that the work of the last one is done: a frozen process does no work.
pub async fn run(router: Router, mode: ResponseMode, idle: Idle) -> Result<(), Error> {
    let handler = service_fn(move |event| guarded(answer(router.clone(), mode, event)));
    let idle = if serves_many_at_once() { Idle::at_once() } else { idle };
    Runtime::new(handler).layer(drain::layer(idle)).run_concurrent().await
}

/// The runtime would report the words of a panic to the host, and they may quote what a user wrote.
async fn guarded(answer: impl Future<Output = Result<LambdaReply, Error>>) -> Result<LambdaReply, Error> {
    let answer = AssertUnwindSafe(answer).catch_unwind().await;
    answer.unwrap_or_else(|_| Err("the function panicked".into()))
}

async fn answer(router: Router, mode: ResponseMode, event: LambdaEvent<Value>) -> Result<LambdaReply, Error> {
    let LambdaEvent { payload, context } = event;
    let (origin, mut request) = event::into_request(payload)?;
    // cargo-lambda's emulator names a moment in 1970; who still runs has a deadline ahead, or none.
    let deadline = Some(context.deadline()).filter(|at| *at > SystemTime::now());
    if let Some(at) = deadline {
        request.extensions_mut().insert(HostDeadline(at));
    }
    let trace = context.xray_trace_id.as_deref().unwrap_or_default();
    if let (false, Ok(trace)) = (trace.is_empty(), HeaderValue::from_str(trace)) {
        let name = HeaderName::from_static("x-amzn-trace-id");
        request.headers_mut().insert(name, trace);
    }
    let Ok(response) = router.oneshot(request).await;
    if origin == Origin::Clock && response.status().is_server_error() {
        return Err("what the clock asked for has failed".into());
    }
    // API Gateway waits for a socket's answer as a whole, whatever the function does for HTTP.
    match (mode, origin) {
        (ResponseMode::Streamed, Origin::Rest | Origin::Http) => Ok(reply::streamed(response)),
        (_, origin) => reply::buffered(origin, response).await,
    }
}

/// Lambda Managed Instances run several events in one process and never freeze it between them;
/// waiting there would make one event wait for all the others.
fn serves_many_at_once() -> bool {
    let limit = std::env::var("AWS_LAMBDA_MAX_CONCURRENCY");
    limit.is_ok_and(|limit| limit.parse::<u32>().is_ok_and(|limit| limit > 1))
}
