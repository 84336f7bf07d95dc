//! The records of a turn's log: one small item for each batch of events, written only where nothing stands yet.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use serde::{Deserialize, Serialize};

use crate::domain::{
    CallId, Ending, Entry, ModelEvent, ModelRef, Position, Price, Timestamp, ToolOutcome, TurnEvent, TurnId, UserId,
    Wait,
};
use crate::error::Result;

use super::attributes::{AttributeMap, text_of};
use super::fault::{self, conditional};
use super::keys::{self, SK};
use super::kinds::{Kind, Stored, read_item};
use super::{Store, unreadable};

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

impl Record {
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        let entries = if let RecordBody::Events(entries) = &self.said { entries.as_slice() } else { &[] };
        entries.iter()
    }
}

/// What was said from one position to another, or that the turn shall stop.
#[derive(Debug, Serialize, Deserialize)]
struct RecordItem {
    pk: String,
    sk: String,
    from: u64,
    to: u64,
    /// The events as JSON; empty for a heartbeat.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    events: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cancel: bool,
    writer: String,
    at: i64,
    expires_at: i64,
}

impl Stored for RecordItem {
    const KIND: Kind = Kind::Record;
}

/// A turn's event as it lies in a record. `Started` does not: the head says it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum EventItem {
    Ended(Ending),
    /// Before those that have no `type`: they would fit it, too.
    Model(ModelEvent),
    Returned {
        call: CallId,
        outcome: ToolOutcome,
    },
    Paused {
        waits: Vec<Wait>,
    },
    Allowed {
        allowed: CallId,
    },
    StepStarted {
        step: bool,
    },
    Asked {
        asked: ModelRef,
        prompt_tokens: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        price: Option<Price>,
    },
    FirstHeard {
        first_heard_ms: u64,
    },
}

impl EventItem {
    fn of(event: &TurnEvent) -> Option<Self> {
        match event.clone() {
            TurnEvent::Started { .. } | TurnEvent::Waiting { .. } => None,
            TurnEvent::StepStarted => Some(Self::StepStarted { step: true }),
            TurnEvent::ModelAsked { model: asked, prompt_tokens, price } => {
                Some(Self::Asked { asked, prompt_tokens, price })
            }
            TurnEvent::FirstHeard { after_ms } => Some(Self::FirstHeard { first_heard_ms: after_ms }),
            TurnEvent::Model(event) => Some(Self::Model(event)),
            TurnEvent::ToolReturned { call, outcome } => Some(Self::Returned { call, outcome }),
            TurnEvent::Paused { waits } => Some(Self::Paused { waits }),
            TurnEvent::Allowed { call } => Some(Self::Allowed { allowed: call }),
            TurnEvent::Ended(ending) => Some(Self::Ended(ending)),
        }
    }
}

impl From<EventItem> for TurnEvent {
    fn from(item: EventItem) -> Self {
        match item {
            EventItem::StepStarted { .. } => Self::StepStarted,
            EventItem::Asked { asked: model, prompt_tokens, price } => Self::ModelAsked { model, prompt_tokens, price },
            EventItem::FirstHeard { first_heard_ms } => Self::FirstHeard { after_ms: first_heard_ms },
            EventItem::Model(event) => Self::Model(event),
            EventItem::Returned { call, outcome } => Self::ToolReturned { call, outcome },
            EventItem::Paused { waits } => Self::Paused { waits },
            EventItem::Allowed { allowed } => Self::Allowed { call: allowed },
            EventItem::Ended(ending) => Self::Ended(ending),
        }
    }
}

impl Store {
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
            .put(&item)
            .await?
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match conditional(put.send().await, "append to log")? {
            Ok(_) => Ok(Appended::Done),
            Err(refused) => Ok(Appended::Taken(parse(refused.item()?)?)),
        }
    }

    /// The record at `seq`, if there is one yet. One that was appended a moment ago may be missed.
    pub async fn record(&self, owner: &UserId, turn: &TurnId, seq: u32) -> Result<Option<Record>> {
        let get = self.get(&keys::log(owner, turn), &keys::record(seq)).await?.consistent_read(false);
        let reply = get.send().await.map_err(fault::during("look at log"))?;
        reply.item.map(parse).transpose()
    }

    /// The records from `seq` on, as far as they follow one another.
    pub async fn records(&self, owner: &UserId, turn: &TurnId, seq: u32) -> Result<Vec<Record>> {
        contiguous(self.log_items(owner, turn, seq, false).await?.into_iter(), seq)
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

fn parse(item: AttributeMap) -> Result<Record> {
    let item: RecordItem = read_item(item)?;
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
pub(super) fn contiguous(items: impl Iterator<Item = AttributeMap>, from: u32) -> Result<Vec<Record>> {
    let mut records: Vec<Record> = Vec::new();
    for (item, seq) in items.zip(from..) {
        if text_of(&item, SK) != keys::record(seq) {
            break;
        }
        records.push(parse(item)?);
    }
    Ok(records)
}
