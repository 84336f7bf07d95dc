//! A turn's log, read whole: its head, and the records that follow it.

use std::time::Duration;

use crate::domain::{Entry, Head, Position, Timestamp, Transcript, TurnId, UserId, Waits};
use crate::error::Result;

use super::Store;
use super::attributes::{AttributeMap, text, text_of};
use super::heads::HeadItem;
use super::keys::{self, SK};
use super::kinds::{KindCounts, read_item};
use super::records::{Record, RecordBody, contiguous};
use super::requests::all_pages;
use super::spill::FragmentItem;

/// Where `Started` ends: the head says it, records say the rest.
pub const AFTER_HEAD: Position = 1;

/// A turn's log as far as it has been read.
#[derive(Clone, Debug)]
pub struct Log {
    pub head: Head,
    pub records: Vec<Record>,
}

impl Log {
    /// Everything that was said, from the first event on.
    pub fn entries(&self) -> Vec<Entry> {
        let started = Entry::at(0, self.head.started());
        std::iter::once(started).chain(self.records.iter().flat_map(Record::entries).cloned()).collect()
    }

    pub fn transcript(&self) -> Transcript {
        Transcript::of(self.entries().iter().map(|entry| &entry.event))
    }

    pub fn is_ended(&self) -> bool {
        self.records.iter().flat_map(Record::entries).any(|entry| entry.event.ending().is_some())
    }

    pub fn is_cancelled(&self) -> bool {
        self.records.iter().any(|record| record.said == RecordBody::Cancel)
    }

    pub fn end(&self) -> Position {
        self.records.last().map_or(AFTER_HEAD, |record| record.to)
    }

    pub fn next_seq(&self) -> u32 {
        self.records.last().map_or(1, |record| record.seq + 1)
    }

    /// When its writer was last heard of. A cancel is not its writer's.
    pub fn heard_at(&self) -> Timestamp {
        let own = self.records.iter().rev().find(|record| record.said != RecordBody::Cancel);
        own.map_or(self.head.at, |record| record.at)
    }

    /// When its last record was written: for a turn that has ended, when it did.
    pub fn last_at(&self) -> Timestamp {
        self.records.last().map_or(self.head.at, |record| record.at)
    }

    pub fn waits(&self) -> Waits {
        let mut waits = Waits::default();
        self.records.iter().flat_map(Record::entries).for_each(|entry| waits.add(&entry.event));
        waits
    }

    /// Whether it has no writer any more: its writer has been silent for so long that it must be gone, or the turn
    /// waits and was cancelled.
    pub fn is_lapsed(&self, now: Timestamp, lease: Duration) -> bool {
        match (self.is_ended(), self.waits().open()) {
            (true, _) => false,
            (false, []) => self.heard_at().plus(lease) < now,
            (false, _) => self.is_cancelled(),
        }
    }
}

impl Store {
    /// The whole log; none when this owner has no such turn or it has expired.
    pub async fn log(&self, owner: &UserId, turn: &TurnId, now: Timestamp) -> Result<Option<Log>> {
        let mut items = self.log_items(owner, turn, 0, true).await?.into_iter().peekable();
        let Some(first) = items.next_if(|item| text_of(item, SK) == keys::record(0)) else { return Ok(None) };
        let head: HeadItem = read_item(first)?;
        if head.expires_at < now.seconds() {
            return Ok(None);
        }
        let (mut body, own) = (head.body.clone(), keys::part_of_head(&head.writer));
        while let Some(item) = items.next_if(|item| keys::is_fragment(text_of(item, SK))) {
            if text_of(&item, SK).starts_with(&own) {
                body.push_str(&read_item::<FragmentItem>(item)?.body);
            }
        }
        Ok(Some(Log { head: head.into_head(&body)?, records: contiguous(items, 1)? }))
    }

    pub(super) async fn log_items(
        &self,
        owner: &UserId,
        turn: &TurnId,
        seq: u32,
        consistent: bool,
    ) -> Result<Vec<AttributeMap>> {
        let query = self
            .query(&keys::log(owner, turn))
            .await?
            .key_condition_expression("pk = :pk AND sk >= :sk")
            .expression_attribute_values(":sk", text(keys::record(seq)))
            .consistent_read(consistent);
        all_pages(query, "read log").await
    }

    /// Deletes everything of the turn's log.
    pub async fn delete_log(&self, owner: &UserId, turn: &TurnId) -> Result<KindCounts> {
        let items = self.items_of(&keys::log(owner, turn), "LOG#").await?;
        self.delete_all(&items).await
    }

    pub(super) fn log_expiry(&self, at: Timestamp) -> i64 {
        at.seconds() + i64::from(self.log_days) * 24 * 3600
    }
}
