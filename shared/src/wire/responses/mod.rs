//! `OpenAI` Responses streaming, as Open Responses says it (<https://www.openresponses.org/specification>): items that
//! are added, grow and are done, each event numbered. Tools that run here appear as MCP calls, which no client runs.
//!
//! **Numbers.** Deltas are joined and cut freely, so an event's `sequence_number` is made of where its entry ends in the
//! log: `end * 64 + n`, the n-th event of that entry. It is the same live and replayed, it grows with every event, and a
//! number that was seen names a place inside a text: a client that comes back with it reads on at the next character.
//!
//! **One turn, several responses.** A turn that waits for its client ends a response; what comes after is another one.

mod input;
mod items;
mod output;
mod request;
mod response;
mod starter;
mod switches;

use serde_json::{Value, json};

use crate::domain::{Entry, Position, TurnEvent};

use super::{Encoder, Frame};

use output::Output;
use response::ResponseOutcome;

pub use input::{input, items};
pub use request::{Create, ResponseBody};
pub use response::{ClientFields, ResponseRef};
pub use starter::{Starter, StarterBody};

/// How many events one entry can become.
const STRIDE: u64 = 64;

/// An event of theirs: its name and what it holds.
type Event = (&'static str, Value);

/// Tells one response of a turn, and remembers it.
#[derive(Default)]
pub struct Responses {
    client_fields: ClientFields,
    opens_at: Position,
    /// The last number that the reader has seen.
    after: Option<u64>,
    output: Output,
    /// Where the turn began to wait.
    paused: Option<Position>,
    outcome: Option<ResponseOutcome>,
}

impl Responses {
    /// The response that opens there.
    pub fn new(opens_at: Position, client_fields: ClientFields) -> Self {
        Self { client_fields, opens_at, ..Self::default() }
    }

    /// For a reader that has seen all up to this number.
    #[must_use]
    pub fn after(self, sequence_number: u64) -> Self {
        Self { after: Some(sequence_number), ..self }
    }

    /// All that is known of it now; none before its turn has begun.
    pub fn whole<'a>(mut self, entries: impl IntoIterator<Item = &'a Entry>) -> Option<Value> {
        entries.into_iter().for_each(|entry| self.encode(entry, &mut Vec::new()));
        self.response()
    }

    fn response(&self) -> Option<Value> {
        self.output.response(self.opens_at, &self.client_fields, self.outcome.as_ref())
    }

    fn hear(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        if self.outcome.is_some() {
            return;
        }
        if let Some(at) = self.paused.take() {
            let event = self.close(ResponseOutcome::Waits);
            return self.number(at, STRIDE - 1, vec![event], out);
        }
        if entry.end <= self.opens_at && !entry.event.is_last() {
            self.output.remember(&entry.event);
            if entry.end == self.opens_at {
                self.number(entry.end, 0, self.open(), out);
            }
            return;
        }
        match &entry.event {
            TurnEvent::Paused { waits } => {
                let events = self.output.asks(waits);
                self.number(entry.end, 0, events, out);
                self.paused = Some(entry.end);
            }
            // It stands in no log: it takes the place where the one before it ends.
            TurnEvent::Waiting { .. } => {
                let event = self.close(ResponseOutcome::Waits);
                self.number(entry.end, STRIDE - 1, vec![event], out);
            }
            TurnEvent::Ended(ending) => {
                let event = self.close(ResponseOutcome::Ended(ending.clone()));
                self.number(entry.end, 0, vec![event], out);
            }
            TurnEvent::Started { .. } => {
                self.output.remember(&entry.event);
                self.number(entry.end, 0, self.open(), out);
            }
            event => {
                let events = self.output.add(event);
                self.number(entry.end, 0, events, out);
            }
        }
    }

    fn open(&self) -> Vec<Event> {
        let response = json!({ "response": self.response() });
        vec![("response.created", response.clone()), ("response.in_progress", response)]
    }

    fn close(&mut self, outcome: ResponseOutcome) -> Event {
        let name = outcome.event();
        self.outcome = Some(outcome);
        match self.response() {
            Some(response) => (name, json!({ "response": response })),
            // What never began has nothing to show.
            None => (
                "error",
                json!({ "code": "server_error", "message": "Something went wrong on our side.", "param": null }),
            ),
        }
    }

    /// The name stands in the event and, as `type`, in its data.
    fn number(&self, end: Position, first: u64, events: Vec<Event>, out: &mut Vec<Frame>) {
        for (number, (name, mut data)) in (end * STRIDE + first..).zip(events) {
            if self.after.is_none_or(|seen| number > seen) {
                data["type"] = name.into();
                data["sequence_number"] = number.into();
                out.push(Frame::Event { name: Some(name), data: data.to_string() });
            }
        }
    }
}

impl Encoder for Responses {
    /// An entry that goes beyond what the reader has seen is cut there.
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        let Some(after) = self.after else { return self.hear(entry, out) };
        let (seen, unseen) = entry.split_at(after / STRIDE);
        seen.into_iter().chain(unseen).for_each(|entry| self.hear(&entry, out));
    }

    fn is_over(&self) -> bool {
        self.outcome.is_some()
    }
}
