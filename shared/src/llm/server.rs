//! A provider's server: its address, its key, the client that calls it, and what its refusals mean to us.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::timeout;

use crate::config::{SecretName, Secrets};
use crate::error::{Error, Result};
use crate::net::{Roots, http_client_builder};
use crate::telemetry::Trace;

use super::ModelFault;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The W3C's: providers pass it over, servers of one's own go on with the trace.
const TRACEPARENT: &str = "traceparent";
/// By this name `OpenAI` keeps it for support; vLLM would take `x-request-id` for the name of its own request.
const CLIENT_REQUEST_ID: &str = "x-client-request-id";
/// Where providers say how they call a request: `OpenAI` and those like it, Anthropic, Google.
const REQUEST_IDS: [&str; 3] = ["x-request-id", "request-id", "x-goog-request-id"];
const REFUSAL_BYTES: usize = 64 * 1024;
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct ProviderServer {
    base_url: String,
    key: Option<SecretName>,
    secrets: Arc<Secrets>,
    roots: Roots,
    connect_timeout: Duration,
    client: OnceLock<reqwest::Client>,
}

impl ProviderServer {
    pub(super) fn new(base_url: String, key: Option<SecretName>, secrets: &Arc<Secrets>, roots: Roots) -> Self {
        let (secrets, connect_timeout) = (Arc::clone(secrets), CONNECT_TIMEOUT);
        Self { base_url, key, secrets, roots, connect_timeout, client: OnceLock::new() }
    }

    pub(super) fn connecting_within(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// A POST to this path of the server, without its key.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<RequestBuilder> {
        let url = format!("{}{path}", self.base_url);
        let call = self.client()?.post(url).header(ACCEPT, "text/event-stream").json(body);
        Ok(match Trace::current() {
            Some(work) => call.header(TRACEPARENT, work.traceparent()).header(CLIENT_REQUEST_ID, work.request_id()),
            None => call,
        })
    }

    /// A GET of this path of the server, without its key.
    pub(super) fn get(&self, path: &str) -> Result<RequestBuilder> {
        Ok(self.client()?.get(format!("{}{path}", self.base_url)))
    }

    pub(super) async fn key(&self) -> Result<Option<SecretString>> {
        match &self.key {
            Some(name) => self.secrets.get(name).await.map(Some),
            None => Ok(None),
        }
    }

    /// The stream that answers, or why there is none.
    pub(super) async fn ask(&self, call: RequestBuilder) -> Result<Response> {
        let reply = self.send(call).await?;
        if is_event_stream(&reply) { Ok(reply) } else { Err(ModelFault::garbled("the reply is no event stream")) }
    }

    /// The reply, of whatever kind, or why there is none.
    pub(super) async fn send(&self, call: RequestBuilder) -> Result<Response> {
        let again = call.try_clone().filter(|_| matches!(self.key, Some(SecretName::GoogleToken)));
        let mut reply = send(call).await?;
        if let Some(again) = again.filter(|_| reply.status() == StatusCode::UNAUTHORIZED) {
            reply = send(again.headers(self.new_token().await?)).await?;
        }
        match reply.status() {
            StatusCode::OK => Ok(reply),
            status => Err(refused(status, reply).await),
        }
    }

    /// A token can be taken back before its time is over.
    async fn new_token(&self) -> Result<HeaderMap> {
        let Some(name) = &self.key else { return Ok(HeaderMap::new()) };
        let token = self.secrets.refetch(name).await?;
        let value = format!("Bearer {}", token.expose_secret().trim()).parse().map_err(Error::internal)?;
        Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
    }

    /// Built on the first call: a function that is never asked for this provider does not pay for it.
    fn client(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let builder = http_client_builder(self.roots)?.connect_timeout(self.connect_timeout);
        let client = builder.build().map_err(Error::internal)?;
        Ok(self.client.get_or_init(|| client))
    }
}

async fn send(call: RequestBuilder) -> Result<Response> {
    let reply = call.send().await.map_err(|error| ModelFault::Unreachable.because(error.without_url()))?;
    let id = REQUEST_IDS.iter().find_map(|name| reply.headers().get(*name)?.to_str().ok());
    if let (Some(work), Some(id)) = (Trace::current(), id) {
        work.provider_calls_it(id);
    }
    Ok(reply)
}

fn is_event_stream(reply: &Response) -> bool {
    let kind = reply.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// A refusal before the first token: explained, without the provider's own words, which only the log may hold.
async fn refused(status: StatusCode, reply: Response) -> Error {
    let wait = retry_after(reply.headers());
    // Its type or code, never its message: that may quote the question or the key.
    let body: Value = serde_json::from_slice(&beginning(reply).await).unwrap_or_default();
    let word = |name: &str| body["error"][name].as_str().unwrap_or("-").chars().take(60).collect::<String>();
    let cause = format!("provider replied {status}, type {}, code {}", word("type"), word("code"));
    ModelFault::of_status(status.as_u16()).after(wait).because(cause)
}

/// Seconds or a date (RFC 9110); some say milliseconds in a header of their own.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(millis) = text("retry-after-ms").and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(millis));
    }
    let text = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// As much of a refusal as anybody needs; who sends more, or nothing, is not waited for.
async fn beginning(mut reply: Response) -> Vec<u8> {
    let mut said = Vec::new();
    while said.len() < REFUSAL_BYTES {
        match timeout(REFUSAL_TIMEOUT, reply.chunk()).await {
            Ok(Ok(Some(bytes))) => said.extend_from_slice(&bytes),
            _ => break,
        }
    }
    said
}

#[cfg(test)]
mod tests;
