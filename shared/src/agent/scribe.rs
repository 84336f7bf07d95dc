//! The scribe writes the log beside the stream: never between a token and its reader, at least once a second or
//! every 4 KB, and a heartbeat when there is nothing to say. It is also the one who learns that the turn shall stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::domain::{Ending, Entry, Position, Timestamp, Transcript, TurnEvent, TurnId, UserId, merge};
use crate::error::{Error, Result};
use crate::store::{AFTER_HEAD, Appended, Log, Record, RecordBody, Store, stored_bytes};

use super::close::tail_keeps_moving;
use super::feed::{Feed, Reader};
use super::turn::Turn;

/// What was shown is stored at most this much later.
const INTERVAL: Duration = Duration::from_secs(1);
const MAX_UNSAVED_BYTES: usize = 4096;
/// Below DynamoDB's 400 KB an item, whatever else stands in it.
const MAX_RECORD_BYTES: usize = 380_000;
/// The same for a delta, as JSON may escape a character with six. What cannot be cut is bounded before it is said.
const MAX_RECORD_CHARS: Position = 60_000;
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// Why a turn has to stop.
#[derive(Debug)]
pub(super) enum Stop {
    Cancelled,
    /// Somebody else has closed the log: this writer was taken for dead.
    Fenced(Ending),
    /// The store has been away for longer than the lease.
    StoreLost(Error),
}

pub(super) struct Scribe {
    store: Store,
    owner: UserId,
    turn: TurnId,
    writer: String,
    lease: Duration,
    feed: Arc<Feed>,
    reader: Reader,
    unsaved: Vec<Entry>,
    transcript: Transcript,
    seq: u32,
    logged: Position,
    bytes_taken: usize,
    looked_at: Instant,
    heard_at: Timestamp,
}

impl Scribe {
    /// `log` is what stands already, of a turn that goes on after a pause; the feed begins with the same.
    pub(super) fn new(turn: &Turn, log: Option<&Log>) -> Self {
        Self {
            store: turn.store.clone(),
            owner: turn.owner.clone(),
            turn: turn.head.turn.clone(),
            writer: turn.writer.clone(),
            lease: turn.config.lease,
            feed: Arc::clone(&turn.feed),
            reader: turn.feed.reader_after(log.map_or(AFTER_HEAD, Log::end)),
            unsaved: Vec::new(),
            transcript: log.map(Log::transcript).unwrap_or_default(),
            seq: log.map_or(1, Log::next_seq),
            logged: log.map_or(AFTER_HEAD, Log::end),
            bytes_taken: 0,
            looked_at: Instant::now(),
            heard_at: Timestamp::now(),
        }
    }

    /// Keeps the log until the turn has to stop; while all is well it never returns.
    pub(super) async fn keep(&mut self) -> Stop {
        loop {
            self.wait().await;
            self.take();
            let kept = if self.unsaved.is_empty() { self.idle().await } else { self.save().await };
            if let Err(stop) = kept {
                return stop;
            }
        }
    }

    /// Until what was said first is a second old, or much was said, or it is time to look around. It looks now
    /// and then rather than wake with every token.
    async fn wait(&mut self) {
        tokio::select! {
            () = self.reader.wait() => {}
            () = sleep_until(self.looked_at + INTERVAL) => return,
        }
        let due = Instant::now() + INTERVAL;
        while Instant::now() < due && self.feed.bytes() - self.bytes_taken < MAX_UNSAVED_BYTES {
            sleep_until(due.min(Instant::now() + INTERVAL / 4)).await;
        }
    }

    fn take(&mut self) {
        self.bytes_taken = self.feed.bytes();
        for entry in self.reader.take() {
            self.transcript.add(&entry.event);
            self.unsaved.push(Entry::clone(&entry));
        }
    }

    /// Nothing new: says that the writer lives, or looks whether somebody wants it to stop.
    async fn idle(&mut self) -> Result<(), Stop> {
        if self.heard_at.plus(self.lease / 4) <= Timestamp::now() {
            return self.append(Vec::new()).await;
        }
        self.looked_at = Instant::now();
        match Box::pin(self.store.record(&self.owner, &self.turn, self.seq)).await {
            Ok(Some(record)) => self.meet(&record),
            // A store that is away says nothing about the turn; the next append will tell.
            Ok(None) | Err(_) => Ok(()),
        }
    }

    /// Appends everything unsaved, in as few records as it takes.
    async fn save(&mut self) -> Result<(), Stop> {
        let entries = merge(&self.unsaved);
        while self.logged < entries.last().map_or(self.logged, |entry| entry.end) {
            let batch = batch(&entries, self.logged);
            self.append(batch).await?;
        }
        self.unsaved.clear();
        Ok(())
    }

    /// Writes one record, however long the store lets it wait, up to the lease.
    async fn append(&mut self, entries: Vec<Entry>) -> Result<(), Stop> {
        self.looked_at = Instant::now();
        let to = entries.last().map_or(self.logged, |entry| entry.end);
        loop {
            let at = Timestamp::now();
            let said = RecordBody::Events(entries.clone());
            let record = Record { seq: self.seq, from: self.logged, to, said, writer: self.writer.clone(), at };
            // Boxed: a call of the SDK is large, and a turn that only listens need not carry room for one.
            match Box::pin(self.store.append(&self.owner, &self.turn, &record)).await {
                Ok(Appended::Done) => {
                    self.pass(&record);
                    return Ok(());
                }
                Ok(Appended::Taken(found)) => {
                    self.meet(&found)?;
                    // One's own earlier try may have said less, or all of it.
                    if self.logged > record.from || to == self.logged {
                        return Ok(());
                    }
                }
                Err(error) if error.is_unavailable() && at < self.heard_at.plus(self.lease) => {
                    tracing::warn!(turn = %self.turn, %error, "append delayed");
                    sleep(RETRY_AFTER).await;
                }
                Err(error) => return Err(Stop::StoreLost(error)),
            }
        }
    }

    /// What a record that stands where ours should means to us.
    fn meet(&mut self, found: &Record) -> Result<(), Stop> {
        if found.writer == self.writer {
            self.pass(found);
            return Ok(());
        }
        self.seq = found.seq + 1;
        let ending = found.entries().find_map(|entry| entry.event.ending());
        Err(ending.map_or(Stop::Cancelled, |ending| Stop::Fenced(ending.clone())))
    }

    fn pass(&mut self, record: &Record) {
        self.seq = record.seq + 1;
        self.logged = record.to;
        self.heard_at = record.at;
    }

    /// What has to be said before the ending, so that no block stays open.
    pub(super) fn closing_events(&mut self) -> Vec<TurnEvent> {
        self.take();
        self.transcript.closing_events()
    }

    /// Ends the log. If somebody else had ended it before, that ending stands, and is returned.
    pub(super) async fn finish(&mut self, closing: &[TurnEvent], last: &TurnEvent) -> Result<Option<Ending>> {
        self.add(closing, last);
        for _ in 0..8 {
            match self.save().await {
                Ok(()) => return Ok(None),
                Err(Stop::Fenced(standing)) => return Ok(Some(standing)),
                Err(Stop::StoreLost(error)) => return Err(error),
                // The answer ended before the cancel was read: the cancel changes nothing.
                Err(Stop::Cancelled) => {}
            }
        }
        Err(tail_keeps_moving())
    }

    /// Writes that the turn waits; from then on somebody else may write.
    pub(super) async fn pause(&mut self, closing: &[TurnEvent], paused: &TurnEvent) -> Result<(), Stop> {
        self.add(closing, paused);
        self.save().await
    }

    fn add(&mut self, closing: &[TurnEvent], last: &TurnEvent) {
        for event in closing.iter().chain([last]) {
            self.transcript.add(event);
            let end = self.unsaved.last().map_or(self.logged, |entry| entry.end);
            self.unsaved.push(Entry::at(end, event.clone()));
        }
    }

    /// When the last record was written: for a log that has ended, when it did.
    pub(super) fn heard_at(&self) -> Timestamp {
        self.heard_at
    }

    pub(super) fn transcript(&self) -> &Transcript {
        &self.transcript
    }
}

/// The entries after `from`, cut where a record would grow too large.
fn batch(entries: &[Entry], from: Position) -> Vec<Entry> {
    let until = from + MAX_RECORD_CHARS;
    let after = entries.iter().filter_map(|entry| entry.split_at(from).1);
    let near = after.take_while(|entry| entry.start() < until).filter_map(|entry| entry.split_at(until).0);
    let mut bytes = 0;
    let fits = |entry: &Entry| {
        let is_first = bytes == 0;
        bytes += stored_bytes(&entry.event);
        is_first || bytes <= MAX_RECORD_BYTES
    };
    near.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{CallId, ModelEvent, TextKind, ToolCall};

    fn entries(events: Vec<ModelEvent>) -> Vec<Entry> {
        let mut end = 0;
        let entry = |event| {
            let entry = Entry::at(end, TurnEvent::Model(event));
            end = entry.end;
            entry
        };
        events.into_iter().map(entry).collect()
    }

    fn batches(entries: &[Entry]) -> Vec<Vec<Entry>> {
        let (mut all, mut from) = (Vec::new(), 0);
        while entries.last().is_some_and(|last| from < last.end) {
            let batch = batch(entries, from);
            from = batch.last().expect("it goes on").end;
            all.push(batch);
        }
        all
    }

    #[test]
    fn whatever_is_said_its_records_fit_and_nothing_is_lost_between_them() {
        let call = |id: &str| {
            let call = ToolCall::new(CallId::from_provider(id), "now", json!({ "text": "x".repeat(256 * 1024) }));
            ModelEvent::ToolCalled { call }
        };
        let text = |text: String| ModelEvent::TextDelta { block: 0, kind: TextKind::Answer, text };
        let said =
            entries(vec![text("\u{1}".repeat(100_000)), call("a"), call("b"), text("é".repeat(70_000)), call("c")]);
        let batches = batches(&said);
        for batch in &batches {
            let bytes: usize = batch.iter().map(|entry| stored_bytes(&entry.event)).sum();
            assert!(bytes <= MAX_RECORD_BYTES, "{bytes}");
        }
        assert_eq!(merge(batches.iter().flatten()), said);
    }
}
