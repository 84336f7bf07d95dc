//! What a turn waits for: a user's leave for a call, or what came of a call that the client runs.

use serde::{Deserialize, Serialize};

use super::{CallId, TurnEvent};

/// A call that cannot go on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    pub call: CallId,
    pub need: Need,
}

/// What a waiting call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Somebody's leave to run it.
    Approval,
    /// What came of it: the client runs it.
    Outcome,
}

/// What a turn waits for, as far as its events tell.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    open: Vec<Wait>,
    allowed: Vec<CallId>,
}

impl Waits {
    pub fn add(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Paused { waits } => self.open.clone_from(waits),
            TurnEvent::Allowed { call } => {
                self.open.retain(|wait| wait.call != *call);
                self.allowed.push(call.clone());
            }
            TurnEvent::ToolReturned { call, .. } => {
                self.open.retain(|wait| wait.call != *call);
                self.allowed.retain(|allowed| allowed != call);
            }
            TurnEvent::Ended(_) => *self = Self::default(),
            TurnEvent::Started { .. }
            | TurnEvent::StepStarted
            | TurnEvent::ModelAsked { .. }
            | TurnEvent::FirstHeard { .. }
            | TurnEvent::Model(_)
            | TurnEvent::Waiting { .. } => {}
        }
    }

    /// Those that nobody has answered yet.
    pub fn open(&self) -> &[Wait] {
        &self.open
    }

    /// Those that may run now and have not.
    pub fn allowed(&self) -> &[CallId] {
        &self.allowed
    }
}
