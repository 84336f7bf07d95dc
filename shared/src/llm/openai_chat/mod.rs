//! OpenAI Chat Completions, and every server that speaks the same: Ollama, vLLM, llama.cpp, Groq, LiteLLM …

mod request;
mod stream;

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::config::{LlmConfig, SecretName, Secrets};
use crate::domain::ModelEvent;
use crate::error::{Error, Result};
use crate::net::{Roots, SseReader, http_client};

use super::{Model, ModelRequest};

const OPENAI: &str = "https://api.openai.com/v1";
const REFUSAL_BYTES: usize = 64 * 1024;
const REFUSAL_PATIENCE: Duration = Duration::from_secs(2);

pub(super) struct OpenAiChat(Arc<Server>);

struct Server {
    base_url: String,
    key: Option<SecretName>,
    secrets: Arc<Secrets>,
    roots: Roots,
    client: OnceLock<reqwest::Client>,
}

impl OpenAiChat {
    /// Needs a key or a server of one's own; with neither there is nobody to ask.
    pub(super) fn new(config: &LlmConfig, roots: Roots, secrets: &Arc<Secrets>) -> Option<Self> {
        if config.openai_key.is_none() && config.openai_base_url.is_none() {
            return None;
        }
        Some(Self(Arc::new(Server {
            base_url: config.openai_base_url.clone().unwrap_or_else(|| OPENAI.to_owned()),
            key: config.openai_key.clone(),
            secrets: Arc::clone(secrets),
            roots,
            client: OnceLock::new(),
        })))
    }
}

impl Model for OpenAiChat {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let server = Arc::clone(&self.0);
        let events = async move { server.ask(&request).await.map(read) };
        futures::stream::once(events).try_flatten().boxed()
    }
}

impl Server {
    async fn ask(&self, request: &ModelRequest) -> Result<reqwest::Response> {
        let mut call = self
            .client()?
            .post(format!("{}/chat/completions", self.base_url))
            .header(ACCEPT, "text/event-stream")
            .json(&request::body(request));
        if let Some(name) = &self.key {
            let key = self.secrets.get(name).await?;
            call = call.header(AUTHORIZATION, format!("Bearer {}", key.expose_secret().trim()));
        }
        let reply = call.send().await.map_err(|error| unreachable(error.without_url()))?;
        match reply.status() {
            StatusCode::OK if is_event_stream(&reply) => Ok(reply),
            StatusCode::OK => Err(stream::garbled("the reply is no event stream")),
            status => Err(refused(status, reply).await),
        }
    }

    /// Built on the first call: a function that is never asked for this provider does not pay for it.
    fn client(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = http_client(self.roots)?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn is_event_stream(reply: &reqwest::Response) -> bool {
    let kind = reply.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// What is being read: bytes in, events out, until the answer is whole or the bytes end.
struct Reading<S> {
    bytes: S,
    sse: SseReader,
    parser: stream::Parser,
    ready: VecDeque<Result<ModelEvent>>,
    over: bool,
}

fn read(reply: reqwest::Response) -> BoxStream<'static, Result<ModelEvent>> {
    let reading = Reading {
        bytes: reply.bytes_stream(),
        sse: SseReader::default(),
        parser: stream::Parser::default(),
        ready: VecDeque::new(),
        over: false,
    };
    futures::stream::unfold(reading, |mut reading| async {
        loop {
            if let Some(event) = reading.ready.pop_front() {
                return Some((event, reading));
            }
            if reading.over {
                return None;
            }
            match reading.bytes.next().await {
                Some(Ok(bytes)) => reading.take(&bytes),
                Some(Err(error)) => reading.end(Some(error)),
                None => reading.end(None),
            }
        }
    })
    .boxed()
}

impl<S> Reading<S> {
    fn take(&mut self, bytes: &[u8]) {
        let mut events = Vec::new();
        let taken =
            self.sse.read(bytes).and_then(|all| all.iter().try_for_each(|e| self.parser.on_event(e, &mut events)));
        self.ready.extend(events.into_iter().map(Ok));
        self.over = self.parser.is_done();
        if let Err(error) = taken {
            self.over = true;
            self.ready.push_back(Err(error));
        }
    }

    /// The bytes ended: well only if the provider had said that its answer was whole.
    fn end(&mut self, error: Option<reqwest::Error>) {
        self.over = true;
        let mut events = Vec::new();
        let ending = self.parser.on_end(&mut events);
        self.ready.extend(events.into_iter().map(Ok));
        if let Err(cut) = ending {
            let cut = if let Some(error) = error { cut.because(error.without_url()) } else { cut };
            self.ready.push_back(Err(cut));
        }
    }
}

fn unreachable(cause: reqwest::Error) -> Error {
    Error::upstream("model_unreachable", "The model's provider could not be reached.").because(cause)
}

/// A refusal before the first token: explained, without the provider's own words, which only the log may hold.
async fn refused(status: StatusCode, reply: reqwest::Response) -> Error {
    // Its type or code, never its message: that may quote the question or the key.
    let body: serde_json::Value = serde_json::from_slice(&beginning(reply).await).unwrap_or_default();
    let word = |name: &str| body["error"][name].as_str().unwrap_or("-").chars().take(60).collect::<String>();
    let cause = format!("provider replied {status}, type {}, code {}", word("type"), word("code"));
    let (code, public) = match status.as_u16() {
        401 | 403 => ("model_refused_us", "The model's provider does not accept this service's credentials."),
        404 => ("model_not_found", "The model's provider does not know this model."),
        429 => ("model_busy", "The model's provider is asked too much at the moment. Please ask again later."),
        400..=499 => ("model_refused", "The model's provider does not accept this request."),
        _ => ("model_unavailable", "The model's provider is not available at the moment."),
    };
    Error::upstream(code, public).because(cause)
}

/// As much of a refusal as anybody needs; who sends more, or nothing, is not waited for.
async fn beginning(mut reply: reqwest::Response) -> Vec<u8> {
    let mut said = Vec::new();
    while said.len() < REFUSAL_BYTES {
        match timeout(REFUSAL_PATIENCE, reply.chunk()).await {
            Ok(Ok(Some(bytes))) => said.extend_from_slice(&bytes),
            _ => break,
        }
    }
    said
}
