//! A fake `OpenAI`-compatible model server that follows a script, piece by piece.

use std::{
    collections::{HashSet, VecDeque},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::Body,
    http::{HeaderMap, Request},
    response::Response,
};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::sync::watch;

use super::{
    canaries::{plant, plant_words},
    eventually::eventually,
    loopback::{Loopback, LoopbackReply, answer},
};

mod chunk;
mod script;

use chunk::ChunkScript;
pub use script::{Script, Step};

pub struct FakeProvider {
    server: Loopback,
    state: Arc<State>,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct ProviderCall {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

struct State {
    default: Script,
    queue: Mutex<VecDeque<Script>>,
    calls: Mutex<Vec<ProviderCall>>,
    open: AtomicUsize,
    aborted: AtomicUsize,
    gates: watch::Sender<HashSet<String>>,
}

impl FakeProvider {
    /// Follows `script` for every request that [`FakeProvider::then`] has no other script for.
    pub async fn start(script: Script) -> Self {
        let state = Arc::new(State {
            default: script,
            queue: Mutex::default(),
            calls: Mutex::default(),
            open: AtomicUsize::new(0),
            aborted: AtomicUsize::new(0),
            gates: watch::Sender::default(),
        });
        let shared = state.clone();
        let server = Loopback::start(move |request| shared.clone().answer(request)).await;
        Self { server, state }
    }

    /// Another script for the next request; scripts are used up in the order in which they came.
    pub fn then(&self, script: Script) -> &Self {
        self.state.queue.lock().unwrap().push_back(script);
        self
    }

    /// The value of `OPENAI_BASE_URL`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.server.url())
    }

    /// Every request so far.
    pub fn calls(&self) -> Vec<ProviderCall> {
        self.state.calls.lock().unwrap().clone()
    }

    pub async fn wait_for_calls(&self, count: usize) {
        let what = format!("{count} calls of the model");
        eventually(&what, || (self.calls().len() >= count).then_some(())).await;
    }

    /// Requests being answered right now.
    pub fn open_streams(&self) -> usize {
        self.state.open.load(Ordering::SeqCst)
    }

    /// Answers the client dropped before their end.
    pub fn aborted(&self) -> usize {
        self.state.aborted.load(Ordering::SeqCst)
    }

    pub async fn wait_for_aborted(&self, count: usize) {
        let what = format!("{count} answers to be dropped by the client");
        eventually(&what, || (self.aborted() >= count).then_some(())).await;
    }

    /// Opens a gate of a script, for good.
    pub fn release(&self, gate: &str) {
        self.state.gates.send_modify(|open| {
            open.insert(gate.to_owned());
        });
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> LoopbackReply {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let path = head.uri.path().to_owned();
        plant_words(&body);
        let keys = ["authorization", "x-api-key", "x-goog-api-key"];
        keys.iter().filter_map(|name| head.headers.get(*name)?.to_str().ok()).for_each(plant);
        let model = body["model"].as_str().unwrap_or("fake").to_owned();
        self.calls.lock().unwrap().push(ProviderCall { path: path.clone(), headers: head.headers, body });
        if path != "/v1/chat/completions" {
            return Ok(answer(404, "application/json", r#"{"error":{"message":"no such path"}}"#));
        }
        let script = self.queue.lock().unwrap().pop_front();
        let script = script.unwrap_or_else(|| self.default.clone());
        script.steps.iter().for_each(plant_said);
        self.perform(script, model).await
    }

    /// Steps before the first byte decide the status; the rest is the body.
    async fn perform(self: Arc<Self>, script: Script, model: String) -> LoopbackReply {
        let mut steps = VecDeque::from(script.steps);
        let mut open = Open::new(self.clone());
        while let Some(step) = steps.pop_front() {
            match step {
                Step::Status(status, headers, body) => {
                    open.ended = true;
                    return Ok(refusal(status, &headers, body));
                }
                Step::Reset => return Err(open.reset()),
                step @ (Step::Pause(_) | Step::Gate(_) | Step::Stall) => self.wait(step).await,
                step => {
                    steps.push_front(step);
                    break;
                }
            }
        }
        let chunks = ChunkScript::new(model);
        let performance = Performance { state: self, steps, chunks, open };
        let body = futures::stream::try_unfold(performance, Performance::next);
        Ok(answer(200, "text/event-stream; charset=utf-8", Body::from_stream(body)))
    }

    async fn wait(&self, step: Step) {
        match step {
            Step::Pause(time) => tokio::time::sleep(time).await,
            Step::Gate(name) => {
                let mut gates = self.gates.subscribe();
                let opened = gates.wait_for(|open| open.contains(&name)).await;
                opened.expect("the gates outlive the requests");
            }
            _ => std::future::pending().await,
        }
    }
}

/// What a model says is nobody's business, and neither is what its provider says of it.
fn plant_said(step: &Step) {
    match step {
        Step::Say(text) | Step::Reason(text) | Step::ToolCall { arguments: text, .. } | Step::Status(_, _, text) => {
            plant_words(&Value::String(text.clone()));
        }
        Step::Event(json) => plant_words(json),
        _ => {}
    }
}

/// An answer on its way: what is left to say.
struct Performance {
    state: Arc<State>,
    steps: VecDeque<Step>,
    chunks: ChunkScript,
    open: Open,
}

impl Performance {
    /// The next write, together with the rest.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        loop {
            // Lets the server write out what it has: the client must see the pieces apart.
            tokio::task::yield_now().await;
            match self.steps.pop_front() {
                Some(step @ (Step::Pause(_) | Step::Gate(_) | Step::Stall)) => {
                    self.state.wait(step).await;
                }
                Some(Step::Reset) => return Err(self.open.reset()),
                Some(Step::End) | None => {
                    self.open.ended = true;
                    return Ok(None);
                }
                Some(step) => {
                    let mut writes = self.chunks.render(step).into_iter();
                    let Some(first) = writes.next() else { continue };
                    for write in writes.rev() {
                        self.steps.push_front(Step::Raw(write));
                    }
                    return Ok(Some((Bytes::from(first), self)));
                }
            }
        }
    }
}

/// Counts an answer as open while it lives, and as aborted if it dies before its end.
struct Open {
    state: Arc<State>,
    ended: bool,
}

impl Open {
    fn new(state: Arc<State>) -> Self {
        state.open.fetch_add(1, Ordering::SeqCst);
        Self { state, ended: false }
    }

    fn reset(&mut self) -> io::Error {
        self.ended = true;
        io::Error::other("reset by the script")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.state.open.fetch_sub(1, Ordering::SeqCst);
        if !self.ended {
            self.state.aborted.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn refusal(status: u16, headers: &[(String, String)], body: String) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).expect("a script's headers are plain ASCII")
}
