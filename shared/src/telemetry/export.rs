//! Spans on their way to a collector, by OTLP over HTTP: beside the work, in bounds, and never in its way. Where nobody
//! takes them they are dropped.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use crate::config::OtlpConfig;
use crate::error::{Error, Result};
use crate::net::http_client;

/// Spans that wait to be sent; what comes beyond is dropped.
const MAX_WAITING: usize = 2_048;
const MAX_BATCH: usize = 512;
const INTERVAL: Duration = Duration::from_secs(1);
/// How long a collector is waited for, and how long it is left alone when it has failed.
const TIMEOUT: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(30);

static EXPORTER: OnceLock<mpsc::Sender<Item>> = OnceLock::new();

enum Item {
    Span(Value),
    /// Somebody waits until what came before is sent.
    Flush(oneshot::Sender<()>),
}

struct Collector {
    config: OtlpConfig,
    client: reqwest::Client,
    resource: Value,
    /// Not asked before then.
    rests_until: Option<Instant>,
}

/// From now on spans are sent there.
pub(super) fn start(config: &OtlpConfig) -> Result<()> {
    let client = http_client(config.roots)?;
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    let attributes = [("service.name", config.service.as_str()), ("service.version", env!("CARGO_PKG_VERSION"))]
        .map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } }));
    let resource = json!({ "attributes": attributes });
    let collector = Collector { config: config.clone(), client, resource, rests_until: None };
    if EXPORTER.set(sender).is_ok() {
        tokio::spawn(run(receiver, collector));
    }
    Ok(())
}

pub(super) fn send(span: Value) {
    if let Some(exporter) = EXPORTER.get() {
        // Full: this one is not worth waiting for.
        let _ = exporter.try_send(Item::Span(span));
    }
}

/// Before a host stops or freezes this process: what is there is sent, within a bound.
pub async fn flush() {
    let Some(exporter) = EXPORTER.get() else { return };
    let (done, sent) = oneshot::channel();
    if exporter.try_send(Item::Flush(done)).is_ok() {
        let _ = timeout(2 * TIMEOUT, sent).await;
    }
}

async fn run(mut receiver: mpsc::Receiver<Item>, mut collector: Collector) {
    let (mut spans, mut due) = (Vec::new(), Instant::now());
    loop {
        let mut waits = None;
        tokio::select! {
            item = receiver.recv() => match item {
                None => return,
                Some(Item::Flush(done)) => waits = Some(done),
                Some(Item::Span(span)) => {
                    if spans.is_empty() {
                        due = Instant::now() + INTERVAL;
                    }
                    spans.push(span);
                    if spans.len() < MAX_BATCH {
                        continue;
                    }
                }
            },
            () = sleep_until(due), if !spans.is_empty() => {}
        }
        collector.take(std::mem::take(&mut spans)).await;
        // The waiting caller may have gone.
        let _ = waits.map(|done| done.send(()));
    }
}

impl Collector {
    async fn take(&mut self, spans: Vec<Value>) {
        let rests = self.rests_until.is_some_and(|until| Instant::now() < until);
        if spans.is_empty() || rests {
            return;
        }
        self.rests_until = match self.post(spans).await {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(%error, "spans were dropped");
                Some(Instant::now() + PAUSE)
            }
        };
    }

    async fn post(&self, spans: Vec<Value>) -> Result<()> {
        let scope = json!({ "name": "counsel", "version": env!("CARGO_PKG_VERSION") });
        let scoped = json!([{ "scope": scope, "spans": spans }]);
        let body = json!({ "resourceSpans": [{ "resource": self.resource, "scopeSpans": scoped }] });
        let mut request = self.client.post(&self.config.url).timeout(TIMEOUT).body(body.to_string());
        for (name, value) in &self.config.headers {
            request = request.header(name, value.expose_secret());
        }
        let failed = |cause: reqwest::Error| Error::unavailable("collector").because(cause.without_url());
        let reply = request.header(CONTENT_TYPE, "application/json").send().await.map_err(failed)?;
        if reply.status().is_success() {
            return Ok(());
        }
        Err(Error::unavailable("collector").because(format!("the collector replied {}", reply.status())))
    }
}
