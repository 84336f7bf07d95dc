//! The turn log: one small item for each batch of events, written only where nothing stands yet.

use std::time::Duration;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use serde::Serialize;
use serde_dynamo::from_item;

use crate::domain::{Entry, Head, Position, Timestamp, Transcript, TurnEvent, TurnId, UserId, Waits};
use crate::error::Result;

use super::entries::{item_of, text};
use super::fault::{AttributeMap, Refused};
use super::items::{EventItem, FragmentItem, HeadItem, RecordItem};
use super::keys::{self, PK, SK};
use super::kinds::KindCounts;
use super::{Store, all_pages, fault, spill, unreadable};

/// Where `Started` ends: the head says it, records say the rest.
pub const AFTER_HEAD: Position = 1;

/// What a record says.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordBody {
    /// Events, in order; none is a heartbeat.
    Events(Vec<Entry>),
    /// The turn shall stop.
    Cancel,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub seq: u32,
    pub from: Position,
    pub to: Position,
    pub said: RecordBody,
    pub writer: String,
    pub at: Timestamp,
}

/// What became of an append.
#[derive(Debug)]
pub enum Appended {
    Done,
    /// Another record stands there: of its own earlier try, of a cancel, or of another process that closed the turn.
    Taken(Record),
}

#[derive(Debug)]
pub enum HeadPut {
    Done,
    Taken(Box<Head>),
}

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

impl Record {
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        let entries = if let RecordBody::Events(entries) = &self.said { entries.as_slice() } else { &[] };
        entries.iter()
    }
}

impl Store {
    /// Begins a log, unless this turn has one.
    pub async fn put_head(&self, owner: &UserId, head: &Head) -> Result<HeadPut> {
        let body = serde_json::to_string(head.question.parts()).map_err(unreadable)?;
        let (first, fragments) = spill::split(&body);
        let item = HeadItem {
            pk: keys::log(owner, &head.turn),
            sk: keys::record(0),
            turn: head.turn.clone(),
            session: head.session.clone(),
            model: head.model.clone(),
            question_id: head.question_id.clone(),
            replaces: head.replaces.clone(),
            digest: head.body.clone(),
            writer: head.writer.clone(),
            at: head.at.millis(),
            expires_at: self.log_expiry(head.at),
            tools: list_json(&head.tools)?,
            hosted: list_json(&head.hosted)?,
            client_fields: head.client_fields.clone(),
            options: head.options.clone(),
            body: first.to_owned(),
            fragments: fragments.len(),
        };
        // The head comes last: a reader that sees it sees the whole question. Its fragments bear the writer's name, since
        // another writer may be putting another head to the same place.
        self.put_fragments(&item.pk, &keys::part_of_head(&head.writer), &fragments, Some(item.expires_at)).await?;
        let fresh = "attribute_not_exists(pk) OR expires_at < :now OR writer = :writer";
        let put = self
            .client()
            .await?
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item_of(&item)?))
            .condition_expression(fresh)
            .expression_attribute_values(":now", keys::number(head.at.seconds()))
            .expression_attribute_values(":writer", keys::text(&head.writer))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await.map_err(|error| fault::of_put(error, "begin log")) {
            Ok(reply) => {
                let before = reply.attributes.map(from_item::<_, HeadItem>).transpose().map_err(unreadable)?;
                if before.is_some_and(|before| before.writer != head.writer) {
                    self.delete_rest(owner, head).await?;
                }
                Ok(HeadPut::Done)
            }
            Err(Refused::ByItem(Some(found))) => {
                if !fragments.is_empty() {
                    self.delete_fragments(owner, head).await?;
                }
                let found: HeadItem = from_item(found).map_err(unreadable)?;
                let rest = keys::part_of_head(&found.writer);
                let body = self.whole_body(&found.pk, &rest, &found.body, found.fragments).await?;
                Ok(HeadPut::Taken(Box::new(found.into_head(&body)?)))
            }
            Err(Refused::ByItem(None)) => Err(unreadable("a head that cannot be seen")),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// What an expired log has left behind a head that took its place.
    async fn delete_rest(&self, owner: &UserId, head: &Head) -> Result<()> {
        let mut items = self.log_items(owner, &head.turn, 0, true).await?;
        let own = keys::part_of_head(&head.writer);
        items.retain(|item| text(item, SK) != keys::record(0) && !text(item, SK).starts_with(&own));
        self.delete_all(&items).await.map(|_| ())
    }

    async fn delete_fragments(&self, owner: &UserId, head: &Head) -> Result<()> {
        let items = self.items_of(&keys::log(owner, &head.turn), &keys::part_of_head(&head.writer)).await?;
        self.delete_all(&items).await.map(|_| ())
    }

    /// Takes back a head whose turn did not begin.
    pub async fn delete_head(&self, owner: &UserId, head: &Head) -> Result<()> {
        let delete = self
            .client()
            .await?
            .delete_item()
            .table_name(&self.table)
            .key(PK, keys::text(keys::log(owner, &head.turn)))
            .key(SK, keys::text(keys::record(0)))
            .condition_expression("writer = :writer")
            .expression_attribute_values(":writer", keys::text(&head.writer));
        match delete.send().await {
            Err(error)
                if !error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Err(fault::of(error, "take back head"))
            }
            // The head goes first: no reader may see half a question.
            _ => self.delete_fragments(owner, head).await,
        }
    }

    /// Writes the record at its place, unless another stands there.
    pub async fn append(&self, owner: &UserId, turn: &TurnId, record: &Record) -> Result<Appended> {
        let item = RecordItem {
            pk: keys::log(owner, turn),
            sk: keys::record(record.seq),
            from: record.from,
            to: record.to,
            events: events_json(record)?,
            cancel: record.said == RecordBody::Cancel,
            writer: record.writer.clone(),
            at: record.at.millis(),
            expires_at: self.log_expiry(record.at),
        };
        let put = self
            .client()
            .await?
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item_of(&item)?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await.map_err(|error| fault::of_put(error, "append to log")) {
            Ok(_) => Ok(Appended::Done),
            Err(Refused::ByItem(Some(found))) => Ok(Appended::Taken(parse(found)?)),
            Err(Refused::ByItem(None)) => Err(unreadable("a record that cannot be seen")),
            Err(Refused::ByFault(error)) => Err(error),
        }
    }

    /// The record at `seq`, if there is one yet.
    pub async fn record(&self, owner: &UserId, turn: &TurnId, seq: u32) -> Result<Option<Record>> {
        let get = self.client().await?.get_item().table_name(&self.table);
        let get = get.key(PK, keys::text(keys::log(owner, turn))).key(SK, keys::text(keys::record(seq)));
        let reply = get.send().await.map_err(|error| fault::of(error, "look at log"))?;
        reply.item.map(parse).transpose()
    }

    /// The whole log; none when this owner has no such turn or it has expired.
    pub async fn log(&self, owner: &UserId, turn: &TurnId, now: Timestamp) -> Result<Option<Log>> {
        let mut items = self.log_items(owner, turn, 0, true).await?.into_iter().peekable();
        let Some(first) = items.next_if(|item| text(item, SK) == keys::record(0)) else { return Ok(None) };
        let head: HeadItem = from_item(first).map_err(unreadable)?;
        if head.expires_at < now.seconds() {
            return Ok(None);
        }
        let (mut body, own) = (head.body.clone(), keys::part_of_head(&head.writer));
        while let Some(item) = items.next_if(|item| keys::is_fragment(text(item, SK))) {
            if text(&item, SK).starts_with(&own) {
                body.push_str(&from_item::<_, FragmentItem>(item).map_err(unreadable)?.body);
            }
        }
        Ok(Some(Log { head: head.into_head(&body)?, records: contiguous(items, 1)? }))
    }

    /// The records from `seq` on, as far as they follow one another.
    pub async fn records(&self, owner: &UserId, turn: &TurnId, seq: u32) -> Result<Vec<Record>> {
        contiguous(self.log_items(owner, turn, seq, false).await?.into_iter(), seq)
    }

    async fn log_items(&self, owner: &UserId, turn: &TurnId, seq: u32, consistent: bool) -> Result<Vec<AttributeMap>> {
        let query = self
            .client()
            .await?
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk >= :sk")
            .expression_attribute_values(":pk", keys::text(keys::log(owner, turn)))
            .expression_attribute_values(":sk", keys::text(keys::record(seq)))
            .consistent_read(consistent);
        all_pages(query, "read log").await
    }

    /// Deletes everything of the turn's log.
    pub async fn delete_log(&self, owner: &UserId, turn: &TurnId) -> Result<KindCounts> {
        let items = self.items_of(&keys::log(owner, turn), "LOG#").await?;
        self.delete_all(&items).await
    }

    fn log_expiry(&self, at: Timestamp) -> i64 {
        at.seconds() + i64::from(self.log_days) * 24 * 3600
    }
}

fn events_json(record: &Record) -> Result<String> {
    let events: Vec<EventItem> = record.entries().filter_map(|entry| EventItem::of(&entry.event)).collect();
    if events.is_empty() { Ok(String::new()) } else { serde_json::to_string(&events).map_err(unreadable) }
}

/// What an event takes of a record.
pub fn stored_bytes(event: &TurnEvent) -> usize {
    EventItem::of(event).and_then(|item| serde_json::to_vec(&item).ok()).map_or(0, |json| json.len() + 1)
}

fn list_json<T: Serialize>(list: &[T]) -> Result<String> {
    if list.is_empty() { Ok(String::new()) } else { serde_json::to_string(list).map_err(unreadable) }
}

fn parse(item: AttributeMap) -> Result<Record> {
    let item: RecordItem = from_item(item).map_err(unreadable)?;
    let seq = item.sk.trim_start_matches("LOG#").parse().map_err(unreadable)?;
    let said = if item.cancel { RecordBody::Cancel } else { RecordBody::Events(entries(&item)?) };
    Ok(Record { seq, from: item.from, to: item.to, said, writer: item.writer, at: Timestamp::from_millis(item.at) })
}

fn entries(item: &RecordItem) -> Result<Vec<Entry>> {
    if item.events.is_empty() {
        return Ok(Vec::new());
    }
    let events: Vec<EventItem> = serde_json::from_str(&item.events).map_err(unreadable)?;
    let mut position = item.from;
    let entries = events.into_iter().map(|event| {
        let entry = Entry::at(position, TurnEvent::from(event));
        position = entry.end;
        entry
    });
    Ok(entries.collect())
}

/// A read that is not consistent may see a record before the one that precedes it: stop at the first gap.
fn contiguous(items: impl Iterator<Item = AttributeMap>, from: u32) -> Result<Vec<Record>> {
    let mut records: Vec<Record> = Vec::new();
    for (item, seq) in items.zip(from..) {
        if text(&item, SK) != keys::record(seq) {
            break;
        }
        records.push(parse(item)?);
    }
    Ok(records)
}
