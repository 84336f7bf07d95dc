//! A turn on a response body: entries become frames, frames become bytes, silence becomes heartbeats.

use std::fmt::Write;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue};
use tokio::time::timeout;

use crate::agent::{Asked, Follower};
use crate::domain::{Ending, Entry, Position, TurnEvent};
use crate::error::{Error, codes};
use crate::telemetry;
use crate::wire::{Carrier, Dialect, Encoder, Encoding, Frame};

/// Clients and proxies give up on a silent stream; ours is never silent for longer than 15 s.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Answers with the turn in this encoding, from `after` on.
pub fn stream(asked: Asked, encoding: impl Into<Encoding>, after: Position) -> Response {
    let Asked { turn, session, events, .. } = asked;
    let Encoding { dialect, encoder, opens_at } = encoding.into();
    let writer = Writer { events, encoder, dialect, opens_at, after, over: false };
    let body = futures::stream::unfold(writer, |mut writer| async {
        let bytes = writer.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), writer))
    });
    let mut response = response(dialect, Body::from_stream(body));
    let headers = response.headers_mut();
    for (name, value) in [(LOCATION, format!("/turns/{turn}")), (SESSION_ID, session.to_string())] {
        // Ids hold nothing that a header could not.
        headers.extend(HeaderValue::try_from(value).map(|value| (name, value)));
    }
    response
}

/// A refusal as an answer that says it, for clients that show nothing else.
pub fn refusal(dialect: Dialect, error: &Error) -> Response {
    telemetry::note(error);
    let (code, detail) = (error.code().to_string(), error.public().to_owned());
    let ending = Entry::at(0, TurnEvent::Ended(Ending::Failed { code, detail, retry_after: None }));
    let (mut frames, mut text) = (Vec::new(), String::new());
    dialect.encoder().encode(&ending, &mut frames);
    for frame in &frames {
        frame_text(frame, None, &mut text);
    }
    response(dialect, text.into())
}

fn response(dialect: Dialect, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = headers_of(dialect).into_iter().map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}

const SESSION_ID: HeaderName = HeaderName::from_static("x-session-id");

fn headers_of(dialect: Dialect) -> Vec<(HeaderName, &'static str)> {
    let kind = match dialect.carrier() {
        Carrier::Sse | Carrier::Data => "text/event-stream",
        Carrier::Text => "text/plain; charset=utf-8",
    };
    let mut headers = vec![
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-cache, no-transform"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    if dialect == Dialect::Ui {
        headers.push((HeaderName::from_static("x-vercel-ai-ui-message-stream"), "v1"));
    }
    headers
}

struct Writer {
    events: Follower,
    encoder: Box<dyn Encoder>,
    dialect: Dialect,
    opens_at: Position,
    after: Position,
    over: bool,
}

impl Writer {
    /// The next bytes to send: one frame when events come singly, several when they come in bursts.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.over {
            let batch = match timeout(HEARTBEAT, self.events.next()).await {
                Ok(batch) => batch?,
                Err(_) => match self.dialect.heartbeat() {
                    Some(heartbeat) => return Some(Bytes::from_static(heartbeat.as_bytes())),
                    None => continue,
                },
            };
            let mut text = String::new();
            for entry in &batch {
                self.write(entry, &mut text);
                self.over |= self.encoder.is_over();
            }
            if !text.is_empty() {
                return Some(text.into());
            }
        }
        None
    }

    /// What the reader has seen already is encoded all the same, since encoders remember; it is just not sent.
    fn write(&mut self, entry: &Entry, text: &mut String) {
        let is_before = entry.end <= self.opens_at && !entry.event.is_last();
        if is_before && !matches!(entry.event, TurnEvent::Started { .. }) {
            return;
        }
        if entry.start() >= self.after {
            return self.send(entry, text);
        }
        let (seen, unseen) = entry.split_at(self.after);
        if let Some(seen) = seen {
            self.encode(&seen);
        }
        if let Some(unseen) = unseen {
            self.send(&unseen, text);
        }
    }

    fn send(&mut self, entry: &Entry, text: &mut String) {
        let frames = self.encode(entry);
        let last = frames.len();
        for (number, frame) in (1..).zip(frames) {
            let has_ids = self.dialect.carrier() == Carrier::Sse;
            frame_text(&frame, (has_ids && number == last).then_some(entry.end), text);
        }
    }

    /// A panic must not end a stream without its last event.
    fn encode(&mut self, entry: &Entry) -> Vec<Frame> {
        let mut frames = Vec::new();
        let encoder = &mut self.encoder;
        if std::panic::catch_unwind(AssertUnwindSafe(|| encoder.encode(entry, &mut frames))).is_err() {
            tracing::error!(dialect = self.dialect.name(), "encoder panicked");
            self.over = true;
            frames.clear();
            let detail = "Something went wrong on our side.".to_owned();
            let ending = Ending::Failed { code: codes::INTERNAL.to_string(), detail, retry_after: None };
            let ending = Entry { event: TurnEvent::Ended(ending), end: entry.end };
            self.dialect.encoder().encode(&ending, &mut frames);
        }
        frames
    }
}

/// The position stands in the last frame of an event: a client that has seen it has seen the whole event.
fn frame_text(frame: &Frame, position: Option<Position>, out: &mut String) {
    match frame {
        Frame::Text(text) => out.push_str(text),
        Frame::Event { name, data } => {
            // Writing to a string cannot fail.
            if let Some(position) = position {
                let _ = writeln!(out, "id: {position}");
            }
            if let Some(name) = name {
                let _ = writeln!(out, "event: {name}");
            }
            let _ = write!(out, "data: {data}\n\n");
        }
    }
}
