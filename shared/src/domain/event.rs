//! What one model call says, and what one turn says.

use serde::{Deserialize, Serialize};

use super::{CallId, Citation, MessageId, ModelRef, Runner, SessionId, Timestamp, ToolCall, ToolOutcome, TurnId, Wait};

/// Numbers the blocks of text within one turn.
pub type BlockId = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    Answer,
    Reasoning,
}

/// Tokens as the provider counts them; what it does not say is unknown, not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Those of the input that the provider had read before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Those of the output that were thought and not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// The provider did not count: we have guessed by the length of the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
}

impl Usage {
    /// Adds the usage of one more step.
    pub fn plus(self, other: Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        Self {
            input_tokens: sum(self.input_tokens, other.input_tokens),
            cached_tokens: sum(self.cached_tokens, other.cached_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            reasoning_tokens: sum(self.reasoning_tokens, other.reasoning_tokens),
            estimated: self.estimated || other.estimated,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    Finished,
    Length,
    ToolCalls,
    Refused,
    Other,
}

/// What one model call says. Adapters in `llm/` can produce nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ModelEvent {
    TextStarted {
        block: BlockId,
        kind: TextKind,
    },
    TextDelta {
        block: BlockId,
        kind: TextKind,
        text: String,
    },
    TextEnded {
        block: BlockId,
        kind: TextKind,
    },
    /// What a provider wants back with this reasoning when the turn goes on; nobody else can read it.
    ReasoningSigned {
        block: BlockId,
        signature: String,
    },
    Cited {
        citation: Citation,
    },
    ToolStarted {
        call: CallId,
        name: String,
        #[serde(default, skip_serializing_if = "Runner::is_us")]
        runner: Runner,
    },
    ToolArguments {
        call: CallId,
        delta: String,
    },
    ToolCalled {
        call: ToolCall,
    },
    /// A tool that the provider runs itself has returned.
    ToolRan {
        call: CallId,
        outcome: ToolOutcome,
    },
    StepEnded {
        stop: StopReason,
        usage: Usage,
    },
}

/// What one turn says. Only `agent/` makes it; `wire/` and the transcript read it.
#[derive(Clone, Debug, PartialEq)]
pub enum TurnEvent {
    Started {
        turn: TurnId,
        session: SessionId,
        model: ModelRef,
        message: MessageId,
        at: Timestamp,
    },
    StepStarted,
    Model(ModelEvent),
    ToolReturned {
        call: CallId,
        outcome: ToolOutcome,
    },
    /// Nobody writes until these have come: a turn can wait for days.
    Paused {
        waits: Vec<Wait>,
    },
    /// A user has allowed a call. One that was not allowed has returned instead.
    Allowed {
        call: CallId,
    },
    /// The last event of a stream whose turn waits. It stands in no log: the turn is not over.
    Waiting {
        waits: Vec<Wait>,
    },
    Ended(Ending),
}

/// The last event of every turn: there is exactly one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    Completed { stop: StopReason, usage: Usage },
    Failed { code: String, detail: String },
    Cancelled,
    Interrupted,
}

impl TurnEvent {
    pub fn ending(&self) -> Option<&Ending> {
        match self {
            Self::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// Whether a stream ends with it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Waiting { .. })
    }

    /// The text of a delta: the only events that can be cut and joined.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Model(ModelEvent::TextDelta { text, .. }) => Some(text),
            Self::Model(ModelEvent::ToolArguments { delta, .. }) => Some(delta),
            _ => None,
        }
    }

    pub(super) fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Model(ModelEvent::TextDelta { text, .. }) => Some(text),
            Self::Model(ModelEvent::ToolArguments { delta, .. }) => Some(delta),
            _ => None,
        }
    }

    /// Whether `next` goes on where this one stops, so that both are one event.
    pub(super) fn continues_in(&self, next: &Self) -> bool {
        use ModelEvent::{TextDelta, ToolArguments};
        match (self, next) {
            (Self::Model(TextDelta { block: a, .. }), Self::Model(TextDelta { block: b, .. })) => a == b,
            (Self::Model(ToolArguments { call: a, .. }), Self::Model(ToolArguments { call: b, .. })) => a == b,
            _ => false,
        }
    }
}
