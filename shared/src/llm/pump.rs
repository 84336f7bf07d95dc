//! Frames of a provider in, our events out: one pump drives the parser of every provider.

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use serde::de::IgnoredAny;

use crate::domain::ModelEvent;
use crate::error::{Error, Result};
use crate::net::{SseEvent, SseReader};

use super::ModelFault;
use super::lines::LineReader;

/// No clock, no socket: a recording can drive it. The pump hands it nothing after its last frame.
pub(super) trait Parser: Send + 'static {
    /// A server-sent event, or what an SDK makes of one.
    type Frame: Send + 'static;

    fn on_event(&mut self, frame: Self::Frame, out: &mut Vec<ModelEvent>) -> Result<()>;

    /// The frames have ended: well only if the provider had said that its answer was whole.
    fn on_end(&mut self, out: &mut Vec<ModelEvent>) -> Result<()>;

    /// The connection has broken: well only for those whose providers say plainly that the answer was whole.
    fn on_break(&mut self, out: &mut Vec<ModelEvent>) -> Result<()> {
        self.on_end(out)
    }

    /// Whether nothing more is to come, so that a provider that keeps its connection open is not waited for.
    fn is_done(&self) -> bool {
        false
    }
}

/// Why no more frames come.
pub(super) enum Broken {
    /// The connection is gone. An answer that was whole before stays whole.
    Off(Error),
    /// What came is no frame.
    Unreadable(Error),
}

/// Server-sent events.
pub(super) fn read(
    reply: reqwest::Response,
    parser: impl Parser<Frame = SseEvent>,
) -> BoxStream<'static, Result<ModelEvent>> {
    drive(sse(bytes(reply)), parser)
}

/// One event a line.
pub(super) fn read_lines(
    reply: reqwest::Response,
    parser: impl Parser<Frame = SseEvent>,
) -> BoxStream<'static, Result<ModelEvent>> {
    drive(lines(bytes(reply)), parser)
}

fn bytes(reply: reqwest::Response) -> impl Stream<Item = Result<Bytes, Broken>> + Send + 'static {
    reply.bytes_stream().map_err(|error| Broken::Off(ModelFault::CutOff.because(error.without_url())))
}

pub(super) fn sse(
    bytes: impl Stream<Item = Result<Bytes, Broken>> + Send + 'static,
) -> impl Stream<Item = Result<SseEvent, Broken>> + Send + 'static {
    let mut reader = SseReader::default();
    let read = move |bytes: Result<Bytes, Broken>| {
        reader.read(&bytes?).map_err(|cause| Broken::Unreadable(ModelFault::garbled(cause)))
    };
    bytes.map(read).map_ok(each).try_flatten()
}

/// The last line may lack its end; half of one was cut.
pub(super) fn lines(
    bytes: impl Stream<Item = Result<Bytes, Broken>> + Send + 'static,
) -> impl Stream<Item = Result<SseEvent, Broken>> + Send + 'static {
    let mut reader = LineReader::default();
    let read = move |bytes: Option<Result<Bytes, Broken>>| match bytes {
        Some(bytes) => reader.read(&bytes?).map_err(Broken::Unreadable),
        None => match reader.rest() {
            Some(last) if is_half(&last.data) => Err(Broken::Unreadable(ModelFault::CutOff.into())),
            last => Ok(last.into_iter().collect()),
        },
    };
    let end = stream::once(std::future::ready(None));
    bytes.map(Some).chain(end).map(read).map_ok(each).try_flatten()
}

fn each(events: Vec<SseEvent>) -> impl Stream<Item = Result<SseEvent, Broken>> + Send + 'static {
    stream::iter(events.into_iter().map(Ok))
}

fn is_half(line: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(line).is_err()
}

/// What is being read: until the answer is whole or the frames end.
struct Reading<P: Parser> {
    frames: BoxStream<'static, Result<P::Frame, Broken>>,
    parser: P,
    is_over: bool,
}

pub(super) fn drive<P: Parser>(
    frames: impl Stream<Item = Result<P::Frame, Broken>> + Send + 'static,
    parser: P,
) -> BoxStream<'static, Result<ModelEvent>> {
    let reading = Reading { frames: frames.boxed(), parser, is_over: false };
    let next = |mut reading: Reading<P>| async {
        if reading.is_over {
            return None;
        }
        let frame = reading.frames.next().await;
        Some((stream::iter(reading.take(frame)), reading))
    };
    stream::unfold(reading, next).flatten().boxed()
}

impl<P: Parser> Reading<P> {
    fn take(&mut self, frame: Option<Result<P::Frame, Broken>>) -> impl Iterator<Item = Result<ModelEvent>> + use<P> {
        let mut events = Vec::new();
        let goes_on = matches!(frame, Some(Ok(_)));
        let taken = match frame {
            Some(Ok(frame)) => self.parser.on_event(frame, &mut events),
            Some(Err(Broken::Off(error))) => self.parser.on_break(&mut events).map_err(|_| error),
            Some(Err(Broken::Unreadable(error))) => Err(error),
            None => self.parser.on_end(&mut events),
        };
        self.is_over = !goes_on || taken.is_err() || self.parser.is_done();
        events.into_iter().map(Ok).chain(taken.err().map(Err))
    }
}
