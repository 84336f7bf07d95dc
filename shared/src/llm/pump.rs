//! Provider bytes in, our events out: one pump drives the parser of every provider.

use std::collections::VecDeque;

use futures::StreamExt;
use futures::stream::BoxStream;

use crate::domain::ModelEvent;
use crate::error::{Error, Result};
use crate::net::{SseEvent, SseReader};

/// No clock, no socket: a recording can drive it.
pub(super) trait Parser: Send + 'static {
    fn on_event(&mut self, event: &SseEvent, out: &mut Vec<ModelEvent>) -> Result<()>;

    /// The bytes have ended: well only if the provider had said that its answer was whole. May be called twice.
    fn on_end(&mut self, out: &mut Vec<ModelEvent>) -> Result<()>;

    /// Whether nothing more is to come, so that a provider that keeps its connection open is not waited for.
    fn is_done(&self) -> bool;
}

/// What is being read: until the answer is whole or the bytes end.
struct Reading<S, P> {
    bytes: S,
    sse: SseReader,
    parser: P,
    ready: VecDeque<Result<ModelEvent>>,
    over: bool,
}

pub(super) fn read(reply: reqwest::Response, parser: impl Parser) -> BoxStream<'static, Result<ModelEvent>> {
    let bytes = reply.bytes_stream();
    let reading = Reading { bytes, sse: SseReader::default(), parser, ready: VecDeque::new(), over: false };
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

impl<S, P: Parser> Reading<S, P> {
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

pub(super) fn garbled(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::upstream("model_garbled", "The model's answer could not be read.").because(cause)
}

pub(super) fn cut() -> Error {
    Error::upstream("model_cut_off", "The model's answer broke off.")
}
