//! A fake model server that plays recorded answers, in pieces of any size and with the faults of a network.

use std::{
    collections::{HashMap, VecDeque},
    io,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request},
    response::Response,
};
use bytes::Bytes;
use futures::Stream;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use super::loopback::{Loopback, LoopbackReply};

const LARGEST_PIECE: u64 = 48;

/// Plays a cassette for every POST, on whatever path, and what it holds for a GET.
pub struct Cassettes {
    server: Loopback,
    state: Arc<State>,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: Method,
    /// With its query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

/// A recorded answer, and how much of it is heard.
#[derive(Clone, Debug)]
pub struct Cassette {
    status: u16,
    headers: Vec<(&'static str, String)>,
    bytes: Bytes,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum End {
    /// As if nothing were missing.
    Polite,
    Stall,
    Reset,
}

impl Cassette {
    pub fn of(recording: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", "text/event-stream".to_owned())];
        Self { status: 200, headers, bytes: recording.into(), end: End::Polite }
    }

    /// `read("llm/anthropic/cassettes/plain.sse")`: the path begins in the sources of the shared crate.
    pub fn read(path: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
        Self::of(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// A refusal before the first token; `retry_after` in seconds.
    pub fn refusal(status: u16, retry_after: Option<u64>, body: &str) -> Self {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        Self { status, headers, bytes: Bytes::copy_from_slice(body.as_bytes()), end: End::Polite }
    }

    /// Another content type than that of an event stream.
    #[must_use]
    pub fn typed(mut self, content_type: &str) -> Self {
        self.headers.retain(|(name, _)| *name != "content-type");
        self.headers.push(("content-type", content_type.to_owned()));
        self
    }

    /// Ends after so many bytes, politely.
    #[must_use]
    pub fn cut_at(self, bytes: usize) -> Self {
        self.ended(bytes, End::Polite)
    }

    /// Says no more after so many bytes, and does not hang up.
    #[must_use]
    pub fn stalls_at(self, bytes: usize) -> Self {
        self.ended(bytes, End::Stall)
    }

    /// Breaks the connection after so many bytes.
    #[must_use]
    pub fn resets_at(self, bytes: usize) -> Self {
        self.ended(bytes, End::Reset)
    }

    /// Where this text begins.
    pub fn find(&self, text: &str) -> Option<usize> {
        self.bytes.windows(text.len()).position(|piece| piece == text.as_bytes())
    }

    /// How many bytes are heard.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn ended(mut self, bytes: usize, end: End) -> Self {
        self.bytes.truncate(bytes);
        Self { end, ..self }
    }
}

struct State {
    default: Cassette,
    queue: Mutex<VecDeque<Cassette>>,
    held: Mutex<HashMap<String, Cassette>>,
    calls: Mutex<Vec<Recorded>>,
}

impl Cassettes {
    /// Plays `cassette` for every request that [`Cassettes::then`] has no other one for.
    pub async fn start(cassette: Cassette) -> Self {
        let state = Arc::new(State {
            default: cassette,
            queue: Mutex::default(),
            held: Mutex::default(),
            calls: Mutex::default(),
        });
        let shared = state.clone();
        let server = Loopback::start(move |request| shared.clone().answer(request)).await;
        Self { server, state }
    }

    /// Another cassette for the next request; they are used up in the order in which they came.
    pub fn then(&self, cassette: Cassette) -> &Self {
        self.state.queue.lock().unwrap().push_back(cassette);
        self
    }

    /// What every GET of this path is answered with.
    pub fn hold(&self, path: &str, cassette: Cassette) -> &Self {
        self.state.held.lock().unwrap().insert(path.to_owned(), cassette);
        self
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Every request so far.
    pub fn calls(&self) -> Vec<Recorded> {
        self.state.calls.lock().unwrap().clone()
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> LoopbackReply {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let path = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let kept = self.held.lock().unwrap().get(&path).filter(|_| head.method == Method::GET).cloned();
        let is_post = head.method == Method::POST;
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(Recorded { method: head.method, path, headers: head.headers, body });
            calls.len()
        };
        if let Some(cassette) = kept {
            return Ok(play(cassette, number));
        }
        if !is_post {
            return Ok(play(Cassette::refusal(405, None, "{}"), number));
        }
        let cassette = self.queue.lock().unwrap().pop_front();
        Ok(play(cassette.unwrap_or_else(|| self.default.clone()), number))
    }
}

fn play(cassette: Cassette, number: usize) -> Response {
    let mut response = Response::builder().status(cassette.status);
    for (name, value) in &cassette.headers {
        response = response.header(*name, value);
    }
    let body = Body::from_stream(pieces(cassette.bytes, cassette.end, Sizes::new(number)));
    response.body(body).expect("a cassette's headers are plain ASCII")
}

fn pieces(bytes: Bytes, end: End, sizes: Sizes) -> impl Stream<Item = io::Result<Bytes>> {
    futures::stream::try_unfold((bytes, sizes), move |(mut rest, mut sizes)| async move {
        // Lets the server write out what it has: the client must see the pieces apart.
        tokio::task::yield_now().await;
        if !rest.is_empty() {
            let piece = rest.split_to(sizes.next().min(rest.len()));
            return Ok(Some((piece, (rest, sizes))));
        }
        match end {
            End::Polite => Ok(None),
            End::Stall => std::future::pending().await,
            End::Reset => Err(io::Error::other("reset by the cassette")),
        }
    })
}

/// Sizes of pieces: others for each call, the same in each run (xorshift).
struct Sizes(u64);

impl Sizes {
    fn new(number: usize) -> Self {
        Self((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % LARGEST_PIECE + 1).unwrap_or(1)
    }
}
