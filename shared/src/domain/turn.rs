//! A turn: one question and everything until its answer ends.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::error::{Error, Result};

use super::{Ending, HostedTool, MessageId, Options, Part, SessionId, Timestamp, ToolSpec, TurnEvent, TurnId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Running,
    /// For a user's approval, or for what a client's tool says.
    Waiting,
    Completed,
    Failed,
    Cancelled,
    Interrupted,
}

impl From<&Ending> for Status {
    fn from(ending: &Ending) -> Self {
        match ending {
            Ending::Completed { .. } => Self::Completed,
            Ending::Failed { .. } => Self::Failed,
            Ending::Cancelled => Self::Cancelled,
            Ending::Interrupted => Self::Interrupted,
        }
    }
}

/// A model's address: `openai:gpt-4o-mini`. The name may hold colons, the provider may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRef {
    pub provider: String,
    pub name: String,
}

impl ModelRef {
    pub fn parse(text: &str) -> Self {
        let (provider, name) = text.split_once(':').unwrap_or((text, ""));
        Self { provider: provider.to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { f.write_str(&self.provider) } else { write!(f, "{}:{}", self.provider, self.name) }
    }
}

impl Serialize for ModelRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ModelRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

/// What was asked: at least one part that says something.
#[derive(Clone, Debug, PartialEq)]
pub struct Question(Vec<Part>);

impl Question {
    pub fn parse(parts: Vec<Part>) -> Result<Self> {
        let says = |part: &Part| matches!(part, Part::Text { text } if !text.trim().is_empty());
        if parts.iter().any(says) { Ok(Self(parts)) } else { Err(Error::invalid("text", "The question is empty.")) }
    }

    /// The same with more behind it.
    pub fn with(mut self, more: impl IntoIterator<Item = Part>) -> Self {
        self.0.extend(more);
        self
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    pub fn into_parts(self) -> Vec<Part> {
        self.0
    }

    /// What its user wrote, where more came with it.
    pub fn first_text(&self) -> &str {
        let mut texts = self.0.iter().filter_map(Part::as_text);
        texts.find(|text| !text.trim().is_empty()).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        self.0.iter().filter_map(Part::as_text).collect::<Vec<_>>().join("\n")
    }
}

/// The first record of a turn's log: what was asked, of whom, where the messages will stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub turn: TurnId,
    pub session: SessionId,
    pub model: ModelRef,
    /// The id that the question gets as a message; the answer's is the next one.
    pub question_id: MessageId,
    pub question: Question,
    /// The tools that the client runs.
    pub tools: Vec<ToolSpec>,
    pub options: Options,
    /// The tools that the provider runs.
    pub hosted: Vec<HostedTool>,
    /// What its client has said of it beside, in the client's words.
    pub client_fields: Option<String>,
    /// The question of an exchange that this turn stands for: it goes when this one has its answer.
    pub replaces: Option<MessageId>,
    /// A digest of the request: the same idempotency key with another body is refused.
    pub body: String,
    /// Who writes this log: a record of one's own is not a conflict.
    pub writer: String,
    pub at: Timestamp,
}

impl Head {
    pub fn answer_id(&self) -> MessageId {
        self.question_id.next()
    }

    pub fn started(&self) -> TurnEvent {
        TurnEvent::Started {
            turn: self.turn.clone(),
            session: self.session.clone(),
            model: self.model.clone(),
            message: self.answer_id(),
            at: self.at,
        }
    }
}
