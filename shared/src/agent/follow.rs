//! A view of a turn, from any position, wherever it is written: from memory when it is live here, otherwise
//! from its log, replayed and then followed at its tail.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::domain::{Ending, Entry, Position, Timestamp, TurnEvent, TurnId, UserId, Waits};
use crate::error::{Error, Result};
use crate::store::{Log, Store};

use super::close;
use super::feed::{Feed, Reader};

/// How often the tail of a log is looked at that another process writes.
const POLL: Duration = Duration::from_millis(200);

/// Yields a turn's events in batches, each event once and in order; the last one is the ending.
pub struct Follower {
    source: Source,
    ended: bool,
}

enum Source {
    Live(Reader),
    Stored(Box<Tail>),
}

struct Tail {
    store: Store,
    owner: UserId,
    turn: TurnId,
    lease: Duration,
    ready: VecDeque<Arc<Entry>>,
    next_seq: u32,
    heard_at: Timestamp,
    end: Position,
    waits: Waits,
}

impl Follower {
    pub(super) fn live(feed: &Arc<Feed>) -> Self {
        Self { source: Source::Live(feed.reader()), ended: false }
    }

    pub(super) fn stored(store: &Store, owner: &UserId, log: &Log, lease: Duration) -> Self {
        let mut tail = Tail {
            store: store.clone(),
            owner: owner.clone(),
            turn: log.head.turn.clone(),
            lease,
            ready: log.entries().into_iter().map(Arc::new).collect(),
            next_seq: log.next_seq(),
            heard_at: log.heard_at(),
            end: log.end(),
            waits: log.waits(),
        };
        tail.wait();
        Self { source: Source::Stored(Box::new(tail)), ended: false }
    }

    /// The next events; none after the ending.
    pub async fn next(&mut self) -> Option<Vec<Arc<Entry>>> {
        if self.ended {
            return None;
        }
        let batch = match &mut self.source {
            Source::Live(reader) => reader.read().await,
            Source::Stored(tail) => tail.read().await,
        };
        self.ended = batch.iter().any(|entry| entry.event.is_last());
        Some(batch)
    }
}

impl Tail {
    async fn read(&mut self) -> Vec<Arc<Entry>> {
        while self.ready.is_empty() {
            sleep(POLL).await;
            match self.look().await {
                Ok(()) => {}
                Err(error) if error.is_unavailable() && Timestamp::now() < self.heard_at.plus(3 * self.lease) => {
                    tracing::warn!(turn = %self.turn, %error, "log cannot be read just now");
                }
                Err(error) => self.lose(&error),
            }
        }
        self.ready.drain(..).collect()
    }

    /// Reads what has been appended; a writer that has been silent for too long is taken for gone.
    async fn look(&mut self) -> Result<()> {
        let records = Box::pin(self.store.records(&self.owner, &self.turn, self.next_seq)).await?;
        for record in records {
            self.next_seq = record.seq + 1;
            self.heard_at = self.heard_at.max(record.at);
            self.end = record.to;
            record.entries().for_each(|entry| self.waits.add(&entry.event));
            self.ready.extend(record.entries().cloned().map(Arc::new));
        }
        self.wait();
        if self.heard_at.plus(self.lease) < Timestamp::now() {
            match Box::pin(close::log_closing_lapsed(&self.store, &self.owner, &self.turn, self.lease)).await? {
                Some(log) => self.heard_at = log.heard_at(),
                // It never began, or its session was deleted.
                None => self.end_with(Ending::Interrupted),
            }
        }
        Ok(())
    }

    /// A turn that waits for somebody says nothing more to this reader.
    fn wait(&mut self) {
        if !self.waits.open().is_empty() {
            let waits = self.waits.open().to_vec();
            self.ready.push_back(Arc::new(Entry::at(self.end, TurnEvent::Waiting { waits })));
        }
    }

    /// The log cannot be read any more: this reader hears so, whatever becomes of the turn.
    fn lose(&mut self, error: &Error) {
        tracing::error!(turn = %self.turn, %error, "log lost");
        let (code, detail) = (error.code().to_string(), error.public().to_owned());
        self.end_with(Ending::Failed { code, detail, retry_after: None });
    }

    fn end_with(&mut self, ending: Ending) {
        self.ready.push_back(Arc::new(Entry::at(self.end, TurnEvent::Ended(ending))));
    }
}
