//! The function under test: one route for each thing that can go right or wrong.

use std::{
    convert::Infallible,
    env,
    io::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    Extension, Json, Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, Uri, header::SET_COOKIE},
    response::{AppendHeaders, IntoResponse, Response},
    routing::get,
};
use futures::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};
use shared::{
    config::TelemetryConfig,
    http::HostDeadline,
    runtime::{Idle, ResponseMode, lambda},
    telemetry,
};
use tokio::{io::AsyncReadExt, net::TcpStream, time::sleep};
use tokio_util::task::TaskTracker;

#[derive(Clone, Default)]
struct Work {
    tracker: TaskTracker,
    finished: Arc<AtomicBool>,
    released: Arc<AtomicBool>,
}

#[tokio::test(flavor = "current_thread")]
#[ignore = "no test: the process the other tests talk to"]
async fn serves_events() {
    let Ok(mode) = env::var("MODE") else { return };
    telemetry::init(&TelemetryConfig::default(), &[]);
    let work = Work::default();
    let tracker = work.tracker.clone();
    let idle = Idle::when(move || {
        let tracker = tracker.clone();
        async move {
            tracker.close();
            tracker.wait().await;
        }
        .boxed()
    });
    let mode = if mode == "streamed" { ResponseMode::Streamed } else { ResponseMode::Buffered };
    lambda::run(router(work), mode, idle).await.unwrap();
}

fn router(work: Work) -> Router {
    Router::new()
        .route("/health", get(async || "fine"))
        .route("/headers", get(headers))
        .route("/refusal/{status}", get(refusal))
        .route("/nothing", get(async || StatusCode::NO_CONTENT))
        .route("/binary", get(async || Bytes::from_static(&[0xff, 0x00, 0xfe])))
        .route("/deadline", get(deadline))
        .route("/pieces", get(pieces))
        .route("/breaks", get(breaks))
        .route("/panics-midway", get(panics_midway))
        .route("/panics", get(panics))
        .route("/works-on", get(works_on))
        .route("/finished", get(async |State(work): State<Work>| said(&work.finished)))
        .route("/follows", get(follows))
        .route("/released", get(async |State(work): State<Work>| said(&work.released)))
        .fallback(echo)
        .with_state(work)
}

fn said(flag: &AtomicBool) -> String {
    flag.load(Ordering::SeqCst).to_string()
}

async fn echo(uri: Uri, headers: HeaderMap, request: Request) -> Json<Value> {
    let accept = headers.get_all("accept").iter().map(|value| value.to_str().unwrap());
    let accept: Vec<&str> = accept.collect();
    let method = request.method().to_string();
    let body = axum::body::to_bytes(request.into_body(), 1000).await.unwrap();
    Json(json!({
        "method": method,
        "path": uri.path(),
        "query": uri.query(),
        "accept": accept,
        "name": headers.get("x-name").map(|value| String::from_utf8_lossy(value.as_bytes())),
        "trace": headers.get("x-amzn-trace-id").map(|value| value.to_str().unwrap()),
        "body": String::from_utf8_lossy(&body),
    }))
}

async fn headers() -> impl IntoResponse {
    let headers = [("vary", "Origin"), ("vary", "Accept")];
    let cookies = [(SET_COOKIE, "a=1; Secure"), (SET_COOKIE, "b=2; Secure")];
    (AppendHeaders(headers), AppendHeaders(cookies), "ok")
}

async fn refusal(Path(status): Path<u16>) -> impl IntoResponse {
    let headers = [("content-type", "application/problem+json"), ("www-authenticate", "Bearer")];
    let body = json!({ "status": status, "code": "refused" }).to_string();
    (StatusCode::from_u16(status).unwrap(), headers, body)
}

async fn deadline(at: Option<Extension<HostDeadline>>) -> String {
    let Some(Extension(HostDeadline(at))) = at else { return "none".to_owned() };
    at.duration_since(UNIX_EPOCH).unwrap().as_millis().to_string()
}

/// Says the second word when the test writes a byte to the gate.
async fn pieces() -> Response {
    let second = stream::once(async {
        let mut gate = TcpStream::connect(env::var("GATE").unwrap()).await.unwrap();
        gate.read_u8().await.unwrap();
        Ok::<_, Infallible>("two")
    });
    Body::from_stream(stream::iter([Ok("one")]).chain(second)).into_response()
}

async fn breaks() -> Response {
    let pieces = [Ok("one"), Err(Error::other("secret cause")), Ok("after")];
    Body::from_stream(stream::iter(pieces)).into_response()
}

async fn panics_midway() -> Response {
    let pieces = stream::iter(0..9).map(|n| if n < 1 { Ok::<_, Error>("one") } else { panic!("midway") });
    Body::from_stream(pieces).into_response()
}

async fn panics() -> &'static str {
    let question = String::from("what Ada wrote");
    panic!("cannot read {question}")
}

/// Streams for ever; its work, which goes on when the stream is cut, takes a while.
async fn works_on(State(work): State<Work>) -> Response {
    work.tracker.spawn(async move {
        sleep(Duration::from_millis(300)).await;
        work.finished.store(true, Ordering::SeqCst);
    });
    let pieces = stream::repeat("piece ").then(async |piece| {
        sleep(Duration::from_millis(2)).await;
        Ok::<_, Infallible>(piece)
    });
    Body::from_stream(pieces).into_response()
}

/// Says one word and then nothing; notes when nobody listens any more.
async fn follows(State(work): State<Work>) -> Response {
    let listener = Listener(work.released);
    let silence = stream::once(async move {
        let _listener = listener;
        std::future::pending().await
    });
    Body::from_stream(stream::iter([Ok::<_, Infallible>("one")]).chain(silence)).into_response()
}

struct Listener(Arc<AtomicBool>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
