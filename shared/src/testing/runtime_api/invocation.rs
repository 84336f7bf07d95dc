//! One event on its way through a function, seen from the host's side.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// What ends the prelude of a streamed answer.
const DELIMITER: [u8; 8] = [0; 8];

/// What the function said, in the order in which it said it.
pub(super) enum ReplyState {
    Head(HeaderMap),
    Chunk(Bytes),
    End,
    Broken(String),
    Error(Value),
}

/// The server's end of an invocation.
pub(super) struct Line {
    pub(super) say: UnboundedSender<ReplyState>,
    pub(super) cut: Arc<AtomicUsize>,
}

impl Line {
    pub(super) fn say(&self, said: ReplyState) {
        // The test may have seen enough and dropped its end.
        let _ = self.say.send(said);
    }

    pub(super) fn broken(&self, error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
        self.say(ReplyState::Broken(error.to_string()));
        io::Error::other(error)
    }
}

/// Status and headers of a streamed answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prelude {
    #[serde(rename = "statusCode")]
    pub status: u16,
    pub headers: Map<String, Value>,
    pub cookies: Vec<String>,
}

/// The test's end: what came back, piece by piece.
pub struct Invocation {
    said: UnboundedReceiver<ReplyState>,
    pub(super) cut: Arc<AtomicUsize>,
    headers: HeaderMap,
    left: BytesMut,
}

impl Invocation {
    pub(super) fn new(said: UnboundedReceiver<ReplyState>) -> Self {
        let cut = Arc::new(AtomicUsize::new(usize::MAX));
        Self { said, cut, headers: HeaderMap::new(), left: BytesMut::new() }
    }

    /// Cuts the connection as soon as more than so many bytes of the answer have come.
    #[must_use]
    pub fn drop_after(self, bytes: usize) -> Self {
        self.cut.store(bytes, Ordering::SeqCst);
        self
    }

    /// The headers of the function's own POST to the host (content type, response mode).
    pub async fn headers(&mut self) -> &HeaderMap {
        if self.headers.is_empty() {
            match self.hear().await {
                ReplyState::Head(headers) => self.headers = headers,
                said => panic!("expected an answer, got {}", said.name()),
            }
        }
        &self.headers
    }

    /// Reads a streamed answer up to the end of its prelude.
    pub async fn prelude(&mut self) -> Prelude {
        self.headers().await;
        loop {
            if let Some(at) = self.left.windows(8).position(|bytes| bytes == DELIMITER) {
                let prelude = self.left.split_to(at);
                let _ = self.left.split_to(DELIMITER.len());
                return serde_json::from_slice(&prelude).expect("a prelude of JSON");
            }
            let chunk = self.hear_chunk().await.expect("a prelude before the end");
            self.left.extend_from_slice(&chunk);
        }
    }

    /// The next piece of a streamed body as it was sent, `None` at its clean end.
    pub async fn next_chunk(&mut self) -> Option<Bytes> {
        if !self.left.is_empty() {
            return Some(self.left.split().freeze());
        }
        self.hear_chunk().await
    }

    /// The rest of the body, whole.
    pub async fn text(&mut self) -> String {
        self.headers().await;
        let mut body = Vec::new();
        while let Some(chunk) = self.next_chunk().await {
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).expect("a body of UTF-8")
    }

    /// A buffered answer.
    pub async fn reply(&mut self) -> Value {
        serde_json::from_str(&self.text().await).expect("a buffered answer of JSON")
    }

    /// The report of a function that failed.
    pub async fn error(&mut self) -> Value {
        match self.hear().await {
            ReplyState::Error(report) => report,
            said => panic!("expected an error report, got {}", said.name()),
        }
    }

    /// Waits until the connection of the answer broke, skipping what came before.
    pub async fn broken(&mut self) {
        while !matches!(self.hear().await, ReplyState::Broken(_)) {}
    }

    async fn hear_chunk(&mut self) -> Option<Bytes> {
        match self.hear().await {
            ReplyState::Chunk(chunk) => Some(chunk),
            ReplyState::End => None,
            said => panic!("expected a piece of the body, got {}", said.name()),
        }
    }

    async fn hear(&mut self) -> ReplyState {
        let heard = tokio::time::timeout(std::time::Duration::from_secs(20), self.said.recv());
        let heard = heard.await.expect("the function said nothing for 20 s");
        heard.expect("the fake Runtime API is gone, or all has been said")
    }
}

impl ReplyState {
    fn name(&self) -> String {
        match self {
            Self::Head(headers) => format!("an answer ({headers:?})"),
            Self::Chunk(chunk) => format!("the bytes {chunk:?}"),
            Self::End => "the end".to_owned(),
            Self::Broken(why) => format!("a broken connection ({why})"),
            Self::Error(report) => format!("an error report ({report})"),
        }
    }
}
