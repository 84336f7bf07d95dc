//! The items as they lie in the table (`docs/DATA.md`): nothing outside the store knows them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::{
    CallId, Cost, Ending, Head, HostedTool, Message, MessageId, ModelEvent, ModelRef, OpenTurn, Options, Part, Price,
    Question, Role, Session, SessionId, Spent, Status, StopReason, Timestamp, ToolOutcome, ToolSpec, TurnEvent, TurnId,
    Usage, Wait,
};
use crate::error::Result;

use super::kinds::{Kind, Stored};
use super::{keys, unreadable};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SessionItem {
    pub pk: String,
    pub sk: String,
    pub id: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub archived: bool,
    /// As JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    /// The hour of `updated_at`: the index is written once an hour, not with every turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_turn: Option<TurnId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_writer: Option<String>,
    /// The sort key of the newest message: padded, so that keys compare as numbers do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
    pub created_by: String,
    /// A deleted session stays as a tombstone for a while, so that a late writer cannot revive it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl Stored for SessionItem {
    const KIND: Kind = Kind::Session;
}

impl From<SessionItem> for Session {
    fn from(item: SessionItem) -> Self {
        let SessionItem { pk: _, sk: _, active: _, deleted_by: _, expires_at: _, .. } = item;
        let open_turn = item.open_turn.map(|turn| OpenTurn { turn, writer: item.open_writer.unwrap_or_default() });
        Self {
            id: item.id,
            title: item.title,
            system_prompt: item.system_prompt,
            model: item.model,
            archived: item.archived,
            metadata: item.metadata.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
            created_at: Timestamp::from_millis(item.created_at),
            updated_at: Timestamp::from_millis(item.updated_at),
            open_turn,
            last_message: item.last_message.as_deref().and_then(keys::message_id),
            created_by: item.created_by,
        }
    }
}

/// Record 0 of a log.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HeadItem {
    pub pk: String,
    pub sk: String,
    pub turn: TurnId,
    pub session: SessionId,
    pub model: ModelRef,
    pub question_id: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<MessageId>,
    pub digest: String,
    pub writer: String,
    pub at: i64,
    pub expires_at: i64,
    /// The client's tools as JSON.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tools: String,
    #[serde(default, skip_serializing_if = "Options::is_default")]
    pub options: Options,
    /// The tools that the provider runs as JSON.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hosted: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_fields: Option<String>,
    /// The question's parts as JSON; a long one goes on in fragments.
    pub body: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fragments: usize,
}

impl Stored for HeadItem {
    const KIND: Kind = Kind::Head;
}

impl HeadItem {
    pub(super) fn into_head(self, body: &str) -> Result<Head> {
        let parts: Vec<Part> = serde_json::from_str(body).map_err(unreadable)?;
        Ok(Head {
            turn: self.turn,
            session: self.session,
            model: self.model,
            question_id: self.question_id,
            replaces: self.replaces,
            question: Question::parse(parts)?,
            tools: list::<ToolSpec>(&self.tools)?,
            hosted: list::<HostedTool>(&self.hosted)?,
            client_fields: self.client_fields,
            options: self.options,
            body: self.digest,
            writer: self.writer,
            at: Timestamp::from_millis(self.at),
        })
    }
}

/// Every other record of a log: what was said from one position to another, or that it shall stop.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RecordItem {
    pub pk: String,
    pub sk: String,
    pub from: u64,
    pub to: u64,
    /// The events as JSON; empty for a heartbeat.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub events: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub cancel: bool,
    pub writer: String,
    pub at: i64,
    pub expires_at: i64,
}

impl Stored for RecordItem {
    const KIND: Kind = Kind::Record;
}

/// A turn's event as it lies in a record. `Started` does not: the head says it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum EventItem {
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
    pub(super) fn of(event: &TurnEvent) -> Option<Self> {
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

/// No text is an empty list.
fn list<T: DeserializeOwned>(json: &str) -> Result<Vec<T>> {
    if json.is_empty() { Ok(Vec::new()) } else { serde_json::from_str(json).map_err(unreadable) }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MessageItem {
    pub pk: String,
    pub sk: String,
    pub id: MessageId,
    pub turn: TurnId,
    pub role: Role,
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopReason>,
    pub created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// In pico-USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_heard_ms: Option<u64>,
    /// The parts as JSON; a long message goes on in fragments.
    pub body: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fragments: usize,
}

impl Stored for MessageItem {
    const KIND: Kind = Kind::Message;
}

impl MessageItem {
    pub(super) fn into_message(self, body: &str) -> Result<Message> {
        Ok(Message {
            id: self.id,
            turn: self.turn,
            role: self.role,
            status: self.status,
            stop: self.stop,
            created_at: Timestamp::from_millis(self.created_at),
            model: self.model,
            parts: serde_json::from_str(body).map_err(unreadable)?,
            usage: self.usage.map(|usage| Spent {
                usage,
                cost: self.cost.map(Cost::from_pico_usd),
                latency_ms: self.latency_ms,
                first_heard_ms: self.first_heard_ms,
            }),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FragmentItem {
    pub pk: String,
    pub sk: String,
    pub body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl Stored for FragmentItem {
    const KIND: Kind = Kind::Fragment;
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
