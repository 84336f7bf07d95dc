//! What a client of any dialect asks for, in our words.

use crate::error::{Error, Result};

use super::{CallRef, HostedTool, MessageId, Options, Part, PromptMessage, Question, ToolOutcome, ToolSpec};

/// What the log can hold in one record, however it has to be escaped.
const MAX_CONTENT_CHARS: usize = 60_000;
const MAX_REASON_CHARS: usize = 1_000;

/// A request of a client that keeps the conversation itself, and tells all of it each time.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub model: Option<String>,
    /// What the model shall be, in this conversation.
    pub system: Option<String>,
    /// The conversation up to what is new, oldest first.
    pub history: Vec<PromptMessage>,
    pub new_input: NewInput,
    /// The tools that the client runs.
    pub tools: Vec<ToolSpec>,
    pub options: Options,
    /// The tools that the provider runs.
    pub hosted: Vec<HostedTool>,
    pub stream: bool,
}

/// What is new in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum NewInput {
    Question(Question),
    /// What became of calls that a turn waits for, and what the user says with it.
    Decisions(Decisions, Option<Interjection>),
    /// Nothing, but the model's own call comes last: the client wants its outcome.
    Follow(CallRef),
}

pub type Decisions = Vec<(CallRef, Decision)>;

/// What a user says beside the outcome of a call: a word to the turn that waits for it, or a question of its own if
/// none does any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Interjection {
    pub question: Question,
    /// The conversation up to it.
    pub history: Vec<PromptMessage>,
}

impl Interjection {
    /// The decisions and the user's word, which the turn hears with one of them; none if none can hold it.
    pub fn with(&self, decisions: &[(CallRef, Decision)]) -> Option<Decisions> {
        let is_text = |part: &Part| matches!(part, Part::Text { .. });
        if !self.question.parts().iter().all(is_text) {
            return None;
        }
        let last = decisions.iter().rposition(|(_, decision)| matches!(decision, Decision::Outcome(_)));
        let holds = last.or_else(|| decisions.iter().rposition(|(_, decision)| *decision != Decision::Allow))?;
        let mut decisions = decisions.to_vec();
        decisions[holds].1.hear(&self.question);
        Some(decisions)
    }
}

/// Which answer shall be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Regenerate {
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
    fn hear(&mut self, said: &Question) {
        match self {
            Self::Allow => {}
            Self::Deny { reason } => {
                let own = reason.take().map_or_else(String::new, |reason| reason + "\n\n");
                *reason = Some(own + &said.text());
            }
            Self::Outcome(outcome) => {
                for text in said.parts().iter().filter_map(Part::as_text) {
                    outcome.content.push_str("\n\nThe user says: ");
                    outcome.content.push_str(text);
                }
            }
        }
    }

    pub fn check(&self) -> Result<()> {
        match self {
            Self::Allow | Self::Deny { reason: None } => Ok(()),
            Self::Deny { reason: Some(reason) } => bounded("reason", reason, MAX_REASON_CHARS),
            Self::Outcome(outcome) => bounded("content", &outcome.content, MAX_CONTENT_CHARS),
        }
    }
}

fn bounded(field: &str, text: &str, most: usize) -> Result<()> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(Error::invalid(field, format!("{field} has at most {most} characters.")))
}
