//! What one model call says, and what one turn says.

use serde::{Deserialize, Serialize};

use super::{
    CallId, Citation, MessageId, ModelRef, Price, Runner, SessionId, Timestamp, ToolCall, ToolOutcome, TurnId, Usage,
    Wait,
};

/// Numbers the blocks of text within one turn.
pub type BlockId = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    Answer,
    Reasoning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    Finished,
    Length,
    ToolCalls,
    Refused,
    /// The provider has worked long enough on tools of its own, or could not write a call down: it is asked again.
    Unfinished,
    Other,
}

/// What one model call says. Adapters in `llm/` can produce nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ModelEvent {
    /// Another model than the one that was asked has taken over. Between `llm` and `agent` only: a log says that this
    /// one was asked.
    Answered {
        model: ModelRef,
    },
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
    /// What a provider wants back with a call that it runs itself, and could not say with it.
    CallSigned {
        call: CallId,
        signature: String,
    },
    /// The provider runs this call only when its user has allowed it.
    ApprovalRequested {
        call: CallId,
    },
    /// A tool that the provider runs itself has returned.
    ToolRan {
        call: CallId,
        outcome: ToolOutcome,
    },
    /// The model has come to this sequence, at which the client wanted it to stop.
    Stopped {
        sequence: String,
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
    /// A model is being asked: what this will cost if nobody counts it. Readers do not see it.
    ModelAsked {
        model: ModelRef,
        /// Estimated by length.
        prompt_tokens: u64,
        price: Option<Price>,
    },
    /// The turn's first sign of an answer has come, so long after the question. Readers do not see it.
    FirstHeard {
        after_ms: u64,
    },
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
    Completed {
        stop: StopReason,
        usage: Usage,
    },
    Failed {
        code: String,
        detail: String,
        /// In seconds, where the provider has said how long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    Cancelled,
    Interrupted,
}

impl Ending {
    pub fn stop(&self) -> Option<StopReason> {
        if let Self::Completed { stop, .. } = self { Some(*stop) } else { None }
    }
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
