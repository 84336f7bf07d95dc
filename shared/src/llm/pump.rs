//! Provider bytes in, our events out: one pump drives the parser of every provider.

use std::collections::VecDeque;

use futures::StreamExt;
use futures::stream::BoxStream;

use crate::domain::ModelEvent;
use crate::error::{Error, Result};
use crate::net::{SseEvent, SseReader};

use super::ModelFault;
use super::lines::LineReader;

/// No clock, no socket: a recording can drive it.
pub(super) trait Parser: Send + 'static {
    fn on_event(&mut self, event: &SseEvent, out: &mut Vec<ModelEvent>) -> Result<()>;

    /// The bytes have ended: well only if the provider had said that its answer was whole. May be called twice.
    fn on_end(&mut self, out: &mut Vec<ModelEvent>) -> Result<()>;

    /// The connection has broken: well only for those whose providers say plainly that the answer was whole.
    fn on_break(&mut self, out: &mut Vec<ModelEvent>) -> Result<()> {
        self.on_end(out)
    }

    /// Whether nothing more is to come, so that a provider that keeps its connection open is not waited for.
    fn is_done(&self) -> bool;
}

/// How bytes become events.
enum Frames {
    Sse(SseReader),
    Lines(LineReader),
}

/// What is being read: until the answer is whole or the bytes end.
struct Reading<S, P> {
    bytes: S,
    frames: Frames,
    parser: P,
    ready: VecDeque<Result<ModelEvent>>,
    over: bool,
}

/// Server-sent events.
pub(super) fn read(reply: reqwest::Response, parser: impl Parser) -> BoxStream<'static, Result<ModelEvent>> {
    drive(reply, Frames::Sse(SseReader::default()), parser)
}

/// One event a line.
pub(super) fn read_lines(reply: reqwest::Response, parser: impl Parser) -> BoxStream<'static, Result<ModelEvent>> {
    drive(reply, Frames::Lines(LineReader::default()), parser)
}

fn drive(reply: reqwest::Response, frames: Frames, parser: impl Parser) -> BoxStream<'static, Result<ModelEvent>> {
    let reading = Reading { bytes: reply.bytes_stream(), frames, parser, ready: VecDeque::new(), over: false };
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
        let read = match &mut self.frames {
            Frames::Sse(sse) => sse.read(bytes).map_err(ModelFault::garbled),
            Frames::Lines(lines) => lines.read(bytes),
        };
        let taken = read.and_then(|all| all.iter().try_for_each(|e| self.parser.on_event(e, &mut events)));
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
        let ending = match &error {
            Some(_) => self.parser.on_break(&mut events),
            None => self.finish(&mut events),
        };
        self.ready.extend(events.into_iter().map(Ok));
        if let Err(cut) = ending {
            let cut = if let Some(error) = error { cut.because(error.without_url()) } else { cut };
            self.ready.push_back(Err(cut));
        }
    }
}

impl<S, P: Parser> Reading<S, P> {
    /// The last line may lack its end; half of one was cut.
    fn finish(&mut self, events: &mut Vec<ModelEvent>) -> Result<()> {
        if let Frames::Lines(lines) = &mut self.frames
            && let Some(last) = lines.rest()
        {
            let cut = |error: Error| match ModelFault::of(&error) {
                Some(ModelFault::Garbled) => ModelFault::CutOff.into(),
                _ => error,
            };
            self.parser.on_event(&last, events).map_err(cut)?;
        }
        self.parser.on_end(events)
    }
}
