//! A proxy before the store: adds a delay to each call, and asks the store what each call consumed.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderName, Request, StatusCode, header},
    response::Response,
    serve::ListenerExt,
};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::client::{self, Http};

const WRITES: [&str; 5] = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];
const READS: [&str; 4] = ["GetItem", "Query", "BatchGetItem", "TransactGetItems"];

#[derive(Clone)]
pub(crate) struct StoreProxy(Arc<Inside>);

struct Inside {
    store: String,
    http: Http,
    delay_ms: AtomicU64,
    write_delay_ms: AtomicU64,
    spent: Mutex<Spent>,
    pub(crate) url: String,
}

/// Units and calls since somebody last looked.
#[derive(Default)]
pub(crate) struct Spent {
    pub(crate) read: f64,
    pub(crate) write: f64,
    /// For each operation: how often, and the units of them all.
    pub(crate) calls: BTreeMap<String, (u32, f64)>,
}

impl StoreProxy {
    pub(crate) async fn start(store: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound listener has an address");
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        let proxy = Self(Arc::new(Inside {
            store: store.to_owned(),
            http: client::http(),
            delay_ms: AtomicU64::new(0),
            write_delay_ms: AtomicU64::new(0),
            spent: Mutex::default(),
            url: format!("http://{address}"),
        }));
        let router = Router::new().fallback(pass_on).with_state(proxy.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        proxy
    }

    pub(crate) fn url(&self) -> String {
        self.0.url.clone()
    }

    /// Every call takes so much longer from now on.
    pub(crate) fn delay(&self, ms: u64) {
        self.0.delay_ms.store(ms, Ordering::Relaxed);
    }

    /// Every write takes so much longer from now on.
    pub(crate) fn delay_writes(&self, ms: u64) {
        self.0.write_delay_ms.store(ms, Ordering::Relaxed);
    }

    /// What was consumed since the last time; starts again from nothing.
    pub(crate) fn spent(&self) -> Spent {
        std::mem::take(&mut self.0.spent.lock().expect("nobody panics with it"))
    }
}

async fn pass_on(State(proxy): State<StoreProxy>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let operation = operation(&head.headers);
    let writes = WRITES.contains(&operation.as_str());
    let counted = writes || READS.contains(&operation.as_str());
    let mut delay = proxy.0.delay_ms.load(Ordering::Relaxed);
    if writes {
        delay += proxy.0.write_delay_ms.load(Ordering::Relaxed);
    }
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body = if counted { asking_what_it_costs(&body) } else { body };
    let Ok((status, headers, reply)) = proxy.forward(&head.headers, body).await else {
        return status_only(StatusCode::BAD_GATEWAY);
    };
    if counted {
        proxy.count(operation, writes, &reply);
    }
    let mut response = status_only(status);
    *response.headers_mut() = headers;
    *response.body_mut() = Body::from(reply);
    response
}

impl StoreProxy {
    async fn forward(
        &self,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, HeaderMap, Bytes), Box<dyn std::error::Error>> {
        let mut request = Request::post(&self.0.store).body(Full::new(body))?;
        *request.headers_mut() = without_framing(headers);
        let (head, body) = self.0.http.request(request).await?.into_parts();
        let reply = body.collect().await?.to_bytes();
        Ok((head.status, without_framing(&head.headers), reply))
    }

    fn count(&self, operation: String, writes: bool, reply: &Bytes) {
        let reply: Value = serde_json::from_slice(reply).unwrap_or_default();
        let consumed = &reply["ConsumedCapacity"];
        let tables = consumed.as_array().map_or(std::slice::from_ref(consumed), Vec::as_slice);
        let units: f64 = tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum();
        let mut spent = self.0.spent.lock().expect("nobody panics with it");
        *(if writes { &mut spent.write } else { &mut spent.read }) += units;
        let call = spent.calls.entry(operation).or_default();
        *call = (call.0 + 1, call.1 + units);
    }
}

fn operation(headers: &HeaderMap) -> String {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    target.and_then(|target| target.split('.').nth(1)).unwrap_or_default().to_owned()
}

/// The embedded store does not check signatures, so a body may be changed on its way.
fn asking_what_it_costs(body: &Bytes) -> Bytes {
    let Ok(Value::Object(mut call)) = serde_json::from_slice(body) else {
        return body.clone();
    };
    call.insert("ReturnConsumedCapacity".into(), "TOTAL".into());
    Bytes::from(Value::Object(call).to_string())
}

/// Everything but what describes one connection's own bytes.
fn without_framing(headers: &HeaderMap) -> HeaderMap {
    const FRAMING: [HeaderName; 4] =
        [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION, header::HOST];
    let kept = headers.iter().filter(|(name, _)| !FRAMING.contains(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn status_only(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
