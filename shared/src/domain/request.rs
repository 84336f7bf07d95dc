//! What a client of any dialect asks for, in our words.

use crate::error::{Error, Result};

use super::{CallRef, HostedTool, MessageId, Options, PromptMessage, Question, ToolOutcome, ToolSpec};

/// What the log can hold in one record, however it has to be escaped.
const MOST_CONTENT_CHARS: usize = 60_000;
const MOST_REASON_CHARS: usize = 1_000;

/// A request of a client that keeps the conversation itself, and tells all of it each time.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub model: Option<String>,
    /// What the model shall be, in this conversation.
    pub system: Option<String>,
    /// The conversation up to what is new, oldest first.
    pub told: Vec<PromptMessage>,
    pub news: News,
    /// The tools that the client runs.
    pub tools: Vec<ToolSpec>,
    pub options: Options,
    /// The tools that the provider runs.
    pub hosted: Vec<HostedTool>,
    pub stream: bool,
}

/// What is new in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Question(Question),
    /// What became of calls that a turn waits for.
    Decisions(Vec<(CallRef, Decision)>),
    /// Nothing, but the model's own call was told last: the client wants to hear what comes of it.
    Follow(CallRef),
}

/// Which answer shall be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    Last,
    /// This one, if it is the last.
    Only(MessageId),
}

/// What a user or a client has to say about a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    Allow,
    Deny { reason: Option<String> },
    Outcome(ToolOutcome),
}

impl Decision {
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Allow | Self::Deny { reason: None } => Ok(()),
            Self::Deny { reason: Some(reason) } => bounded("reason", reason, MOST_REASON_CHARS),
            Self::Outcome(outcome) => bounded("content", &outcome.content, MOST_CONTENT_CHARS),
        }
    }
}

fn bounded(field: &str, text: &str, most: usize) -> Result<()> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(Error::invalid(field, format!("{field} has at most {most} characters.")))
}
