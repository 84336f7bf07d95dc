//! A session: one conversation, owned by a user.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

use super::{MessageId, SessionId, Timestamp, TurnId};

/// What a front end shows in a list: one line, at most 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    const MAX_CHARS: usize = 200;
    const FROM_QUESTION_CHARS: usize = 60;

    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > Self::MAX_CHARS {
            return Err(Error::invalid("title", "A title is 1 to 200 characters."));
        }
        Ok(Self(text.to_owned()))
    }

    /// What a session is called until somebody names it: the beginning of its first question.
    pub fn of_question(text: &str) -> Self {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut title: String = line.chars().take(Self::FROM_QUESTION_CHARS).collect();
        if title.len() < line.len() {
            title.push('…');
        }
        Self(title)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The system prompt of a session, instead of the configured one: at most 8 KB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemPrompt(String);

impl SystemPrompt {
    const MAX_BYTES: usize = 8 * 1024;

    pub fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() || text.len() > Self::MAX_BYTES {
            let why = "A system prompt is 1 to 8192 bytes; null stands for the usual one.";
            return Err(Error::invalid("system_prompt", why));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a client keeps with a session for itself: a JSON object of at most 4 KB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    const MAX_BYTES: usize = 4 * 1024;

    pub fn parse(fields: Map<String, Value>) -> Result<Self> {
        let metadata = Self(fields);
        if metadata.to_json().len() > Self::MAX_BYTES {
            return Err(Error::invalid("metadata", "The metadata of a session have at most 4096 bytes."));
        }
        Ok(metadata)
    }

    /// As a text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What of a session is to be another; None leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct SessionChange {
    pub title: Option<Title>,
    pub system_prompt: Change<SystemPrompt>,
    pub model: Option<String>,
    pub archived: Option<bool>,
    pub metadata: Option<Metadata>,
}

/// What becomes of something that need not be there. As JSON: not said, null, or a value.
#[derive(Clone, Debug, Default)]
pub enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

/// The one turn that a session waits for, and who opened it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTurn {
    pub turn: TurnId,
    pub writer: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub title: Option<String>,
    pub system_prompt: Option<String>,
    /// Which model is asked in it, by clients that keep one with each conversation.
    pub model: Option<String>,
    pub archived: bool,
    pub metadata: Metadata,
    pub created_at: Timestamp,
    /// When it was last asked something; lists are sorted by it.
    pub updated_at: Timestamp,
    pub open_turn: Option<OpenTurn>,
    /// The newest message that was stored: lets a reader see that it read too early.
    pub last_message: Option<MessageId>,
    /// Who wrote the item first: a creator recognises its own.
    pub created_by: String,
}
