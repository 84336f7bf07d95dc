//! A proxy in front of `DynamoDB` that misbehaves on demand, and counts what passes.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::Body,
    http::{HeaderMap, Request},
    response::Response,
};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tokio::sync::watch;

use super::loopback::{Loopback, LoopbackReply, answer};

/// Headers that speak of one connection only.
const HOP: [&str; 4] = ["host", "connection", "content-length", "transfer-encoding"];

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum StoreFault {
    #[default]
    None,
    /// 400, as `DynamoDB` says "too fast".
    Throttle,
    /// 400, as `DynamoDB` says "somebody is writing that just now".
    Conflict,
    /// 500.
    Fail,
    /// Answers, but late.
    Delay(Duration),
    /// Accepts the request and keeps it until the fault is changed; then it goes through.
    Freeze,
    /// The table is changed, but the answer is lost.
    DropReply,
    /// Closes the connection without looking.
    Refuse,
}

/// A fault, perhaps for one operation only, perhaps for a while only:
/// `StoreFault::DropReply.only("PutItem").times(1)`.
#[derive(Clone, Debug, Default)]
pub struct FaultRule {
    fault: StoreFault,
    operation: Option<&'static str>,
    left: Option<usize>,
}

impl From<StoreFault> for FaultRule {
    fn from(fault: StoreFault) -> Self {
        Self { fault, ..Self::default() }
    }
}

impl StoreFault {
    pub fn only(self, operation: &'static str) -> FaultRule {
        FaultRule { operation: Some(operation), ..self.into() }
    }

    pub fn times(self, count: usize) -> FaultRule {
        FaultRule::from(self).times(count)
    }
}

impl FaultRule {
    #[must_use]
    pub fn times(self, count: usize) -> Self {
        Self { left: Some(count), ..self }
    }

    /// What happens to this request; a rule that was for so many requests is used up by it.
    fn apply(&mut self, operation: &str) -> StoreFault {
        if self.operation.is_some_and(|only| only != operation) || self.left == Some(0) {
            return StoreFault::None;
        }
        self.left = self.left.map(|left| left - 1);
        self.fault
    }
}

/// What the requests that passed have cost, as far as they asked for `ConsumedCapacity`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    pub read: f64,
    pub write: f64,
}

pub struct FaultProxy {
    server: Loopback,
    state: Arc<State>,
}

struct State {
    upstream: String,
    client: Client<HttpConnector, Body>,
    rule: watch::Sender<FaultRule>,
    seen: Mutex<BTreeMap<String, usize>>,
    units: Mutex<Units>,
}

impl FaultProxy {
    pub async fn start(upstream: &str) -> Self {
        let state = Arc::new(State {
            upstream: upstream.trim_end_matches('/').to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            rule: watch::Sender::default(),
            seen: Mutex::default(),
            units: Mutex::default(),
        });
        let shared = state.clone();
        let server = Loopback::start(move |request| shared.clone().answer(request)).await;
        Self { server, state }
    }

    /// The value of `DYNAMODB_ENDPOINT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// From now on; requests under way keep the fault they met, except frozen ones.
    pub fn set(&self, rule: impl Into<FaultRule>) {
        self.state.rule.send_replace(rule.into());
    }

    pub fn clear(&self) {
        self.set(StoreFault::None);
    }

    /// Requests so far by operation, the failed ones too.
    pub fn seen(&self) -> BTreeMap<String, usize> {
        self.state.seen.lock().unwrap().clone()
    }

    pub fn count(&self, operation: &str) -> usize {
        self.seen().get(operation).copied().unwrap_or_default()
    }

    pub fn units(&self) -> Units {
        *self.state.units.lock().unwrap()
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> LoopbackReply {
        let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
        let operation = target.and_then(|name| name.rsplit('.').next()).unwrap_or("-").to_owned();
        *self.seen.lock().unwrap().entry(operation.clone()).or_default() += 1;
        let mut fault = StoreFault::None;
        self.rule.send_if_modified(|rule| {
            fault = rule.apply(&operation);
            false
        });
        match fault {
            StoreFault::None => self.forward(&operation, request).await,
            StoreFault::Throttle => Ok(throttled()),
            StoreFault::Conflict => Ok(conflict(&operation)),
            StoreFault::Fail => Ok(failed()),
            StoreFault::Delay(time) => {
                tokio::time::sleep(time).await;
                self.forward(&operation, request).await
            }
            StoreFault::Freeze => {
                let mut rule = self.rule.subscribe();
                let _ = rule.wait_for(|rule| rule.fault != StoreFault::Freeze).await;
                self.forward(&operation, request).await
            }
            StoreFault::DropReply => {
                self.forward(&operation, request).await?;
                Err(io::Error::other("the reply is lost"))
            }
            StoreFault::Refuse => Err(io::Error::other("refused")),
        }
    }

    async fn forward(&self, operation: &str, request: Request<Incoming>) -> LoopbackReply {
        let (mut head, body) = request.into_parts();
        let url = format!("{}{}", self.upstream, head.uri);
        head.uri = url.parse().map_err(io::Error::other)?;
        own_connection_only(&mut head.headers);
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let sent = self.client.request(Request::from_parts(head, Body::from(body))).await;
        let (mut head, body) = sent.map_err(io::Error::other)?.into_parts();
        own_connection_only(&mut head.headers);
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        self.add_units(operation, &body);
        Ok(Response::from_parts(head, Body::from(body)))
    }

    fn add_units(&self, operation: &str, body: &Bytes) {
        let Ok(reply) = serde_json::from_slice::<Value>(body) else {
            return;
        };
        let consumed = match &reply["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().map(units).sum(),
            table => units(table),
        };
        let reads = ["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"];
        let mut all = self.units.lock().unwrap();
        if reads.contains(&operation) {
            all.read += consumed;
        } else {
            all.write += consumed;
        }
    }
}

fn own_connection_only(headers: &mut HeaderMap) {
    for name in HOP {
        headers.remove(name);
    }
}

fn units(consumed: &Value) -> f64 {
    consumed["CapacityUnits"].as_f64().unwrap_or_default()
}

fn throttled() -> Response {
    let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
    problem(400, kind, "The level of configured provisioned throughput was exceeded.")
}

/// A transaction names its conflict among its reasons; another write is refused by a name of its own.
fn conflict(operation: &str) -> Response {
    if operation != "TransactWriteItems" {
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
        return problem(400, kind, "Transaction is ongoing for the item");
    }
    let why = "Transaction is ongoing for the item";
    let body = serde_json::json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [None, TransactionConflict]",
        "CancellationReasons": [{ "Code": "None" }, { "Code": "TransactionConflict", "Message": why }],
    });
    answer(400, "application/x-amz-json-1.0", body.to_string())
}

fn failed() -> Response {
    problem(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "Internal server error")
}

fn problem(status: u16, kind: &str, message: &str) -> Response {
    let body = serde_json::json!({ "__type": kind, "message": message });
    answer(status, "application/x-amz-json-1.0", body.to_string())
}
