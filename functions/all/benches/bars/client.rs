//! The asking side: sends a question, clocks the first token and the end.

use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Method, Request};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

pub(crate) type Http = Client<HttpConnector, Full<Bytes>>;

/// One place to ask at: the provider itself, the bare relay, or our own `/consult`.
#[derive(Clone)]
pub(crate) struct BenchClient {
    http: Http,
    base: String,
    path: &'static str,
    token: String,
    /// What marks a token in this place's stream.
    mark: &'static [u8],
}

/// What came of one question.
pub(crate) struct Asked {
    pub(crate) first_token: Duration,
    pub(crate) session: String,
    pub(crate) turn: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn http() -> Http {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

impl BenchClient {
    /// Whatever takes the provider's own protocol.
    pub(crate) fn openai(base: &str, path: &'static str) -> Self {
        let token = "sk-bench".to_owned();
        Self { http: http(), base: base.to_owned(), path, token, mark: br#""content":""# }
    }

    pub(crate) fn consult(base: &str, token: &str) -> Self {
        let token = token.to_owned();
        Self { http: http(), base: base.to_owned(), path: "/consult", token, mark: br#""text-delta""# }
    }

    pub(crate) fn dialect(mut self, path: &'static str, mark: &'static [u8]) -> Self {
        (self.path, self.mark) = (path, mark);
        self
    }

    pub(crate) async fn ask(&self, prompt: &str) -> Asked {
        self.ask_in(None, prompt).await
    }

    /// Asks, reads to the end.
    pub(crate) async fn ask_in(&self, session: Option<&str>, prompt: &str) -> Asked {
        let mut open = self.open(session, prompt).await;
        while open.next().await.is_some() {}
        open.asked
    }

    /// Asks and returns as soon as the first token is here; the stream stays open as long as the value lives.
    pub(crate) async fn open(&self, session: Option<&str>, prompt: &str) -> Open {
        let body = if self.path.starts_with("/consult") {
            json!({"text": prompt, "model": "openai:bench", "session": session})
        } else {
            let messages = [json!({"role": "user", "content": prompt})];
            json!({"model": "bench", "stream": true, "messages": messages})
        };
        let asked_at = Instant::now();
        let (headers, body) = self.send(Method::POST, self.path, &body).await;
        let header = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().trim_start_matches("/turns/").to_owned()
        };
        let (turn, session) = (header("location"), header("x-session-id"));
        let asked = Asked { first_token: Duration::ZERO, session, turn, body: Vec::new() };
        let mut open = Open { body, asked };
        while !contains(&open.asked.body, self.mark) {
            let more = open.next().await;
            let said = String::from_utf8_lossy(&open.asked.body);
            assert!(more.is_some(), "no token came: {said}");
        }
        open.asked.first_token = asked_at.elapsed();
        open
    }

    /// The time to the whole reply, and the reply.
    pub(crate) async fn get(&self, path: &str) -> (Duration, Bytes) {
        let asked_at = Instant::now();
        let (_, body) = self.send(Method::GET, path, &Value::Null).await;
        let bytes = body.collect().await.expect("a whole reply").to_bytes();
        (asked_at.elapsed(), bytes)
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> (HeaderMap, Incoming) {
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Full::new(body))
            .expect("a well-formed request");
        let (head, body) = self.http.request(request).await.expect("a reply").into_parts();
        if !head.status.is_success() {
            let said = body.collect().await.expect("a whole reply").to_bytes();
            panic!("{path}: {} {}", head.status, String::from_utf8_lossy(&said));
        }
        (head.headers, body)
    }
}

/// A stream that has begun to speak.
pub(crate) struct Open {
    body: Incoming,
    pub(crate) asked: Asked,
}

impl Open {
    /// The next bytes, which are also kept.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        let frame = self.body.frame().await?.expect("an unbroken stream");
        let bytes = frame.into_data().unwrap_or_default();
        self.asked.body.extend_from_slice(&bytes);
        Some(bytes)
    }
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}
