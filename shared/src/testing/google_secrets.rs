//! A fake of Google's Secret Manager and of the metadata server that says who may ask it.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use axum::http::{HeaderMap, Request};
use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::loopback::{Loopback, LoopbackReply, answer};
use crate::config::GoogleConfig;

const TOKEN_PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/token";
/// Who we are, signed for somebody else.
const IDENTITY_PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/identity";
const JSON: &str = "application/json; charset=UTF-8";

pub struct GoogleSecrets {
    server: Loopback,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The versions of each secret; one that is disabled is none.
    secrets: Mutex<BTreeMap<String, Vec<Option<Vec<u8>>>>>,
    /// The paths that were asked for.
    calls: Mutex<Vec<String>>,
    /// The number in the only token that is accepted now.
    token: AtomicU64,
    token_seconds: AtomicU64,
    away: AtomicBool,
    damaging: AtomicBool,
}

impl GoogleSecrets {
    pub async fn start() -> Self {
        let state = Arc::new(State { token_seconds: AtomicU64::new(3_599), ..State::default() });
        let shared = state.clone();
        let server = Loopback::start(move |request| {
            let state = shared.clone();
            async move { state.answer(&request) }
        })
        .await;
        Self { server, state }
    }

    /// The value of `GOOGLE_SECRETS_URL`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The value of `GCE_METADATA_HOST`.
    pub fn metadata_host(&self) -> String {
        self.server.address().to_string()
    }

    pub fn config(&self) -> GoogleConfig {
        GoogleConfig { secrets_url: self.url(), metadata_host: self.metadata_host() }
    }

    /// A new version of `projects/…/secrets/…`, as `gcloud secrets versions add` makes it.
    pub fn add(&self, secret: &str, value: impl AsRef<[u8]>) {
        self.state.secrets().entry(secret.to_owned()).or_default().push(Some(value.as_ref().to_owned()));
    }

    pub fn disable(&self, secret: &str, version: usize) {
        self.state.secrets().get_mut(secret).expect("a secret")[version - 1] = None;
    }

    /// Whether connections are closed without an answer.
    pub fn set_away(&self, away: bool) {
        self.state.away.store(away, Ordering::Relaxed);
    }

    /// Whether a byte of each secret is changed on its way.
    pub fn set_damaging(&self, damaging: bool) {
        self.state.damaging.store(damaging, Ordering::Relaxed);
    }

    /// Tokens handed out from now on last so long.
    pub fn set_token_seconds(&self, seconds: u64) {
        self.state.token_seconds.store(seconds, Ordering::Relaxed);
    }

    /// No token that was handed out is good any more.
    pub fn revoke_tokens(&self) {
        self.state.token.fetch_add(1, Ordering::Relaxed);
    }

    /// How often a path that ends so was asked for: `versions/latest:access`, `default/token`.
    pub fn count(&self, end: &str) -> usize {
        self.state.calls.lock().unwrap().iter().filter(|path| path.ends_with(end)).count()
    }
}

impl State {
    fn answer(&self, request: &Request<Incoming>) -> LoopbackReply {
        let path = request.uri().path();
        self.calls.lock().unwrap().push(path.to_owned());
        if self.away.load(Ordering::Relaxed) {
            return Err(io::Error::other("away"));
        }
        if path == IDENTITY_PATH {
            let is_asked_well =
                is_metadata_request(request.headers()) && request.uri().query() == Some("audience=sts.amazonaws.com");
            let (status, body) = if is_asked_well { (200, "ey.google.identity") } else { (403, "") };
            return Ok(answer(status, "text/html", body.to_owned()));
        }
        let (status, body) = if path == TOKEN_PATH {
            self.hand_out_token(request.headers())
        } else {
            self.access(path, request.headers())
        };
        Ok(answer(status, JSON, body.to_string()))
    }

    fn hand_out_token(&self, headers: &HeaderMap) -> (u16, Value) {
        if !is_metadata_request(headers) {
            return (403, json!({}));
        }
        let seconds = self.token_seconds.load(Ordering::Relaxed);
        (200, json!({ "access_token": self.token(), "expires_in": seconds, "token_type": "Bearer" }))
    }

    fn token(&self) -> String {
        format!("ya29.fake-token-of-our-account-7dQ2xpLk-{}", self.token.load(Ordering::Relaxed))
    }

    fn access(&self, path: &str, headers: &HeaderMap) -> (u16, Value) {
        let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
        if authorization != Some(&format!("Bearer {}", self.token())) {
            return refused(401, "UNAUTHENTICATED");
        }
        let asked = path.strip_prefix("/v1/").and_then(|path| path.strip_suffix(":access"));
        let Some((secret, version)) = asked.and_then(|name| name.split_once("/versions/")) else {
            return refused(404, "NOT_FOUND");
        };
        let secrets = self.secrets();
        let versions = secrets.get(secret).map(Vec::as_slice).unwrap_or_default();
        let number = if version == "latest" { versions.len() } else { version.parse().unwrap_or(0) };
        match number.checked_sub(1).and_then(|index| versions.get(index)) {
            None => refused(404, "NOT_FOUND"),
            Some(None) => refused(400, "FAILED_PRECONDITION"),
            Some(Some(value)) => {
                let sum = crc32c::crc32c(value).to_string();
                let mut sent = value.clone();
                if let Some(first) = sent.first_mut().filter(|_| self.damaging.load(Ordering::Relaxed)) {
                    *first ^= 1;
                }
                let payload = json!({ "data": BASE64_STANDARD.encode(sent), "dataCrc32c": sum });
                (200, json!({ "name": format!("{secret}/versions/{number}"), "payload": payload }))
            }
        }
    }

    fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Option<Vec<u8>>>>> {
        self.secrets.lock().unwrap()
    }
}

fn is_metadata_request(headers: &HeaderMap) -> bool {
    headers.get("metadata-flavor").is_some_and(|flavor| flavor == "Google")
}

fn refused(code: u16, status: &str) -> (u16, Value) {
    (code, json!({ "error": { "code": code, "message": "refused", "status": status } }))
}
