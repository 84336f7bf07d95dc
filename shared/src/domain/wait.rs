//! What a turn waits for: a user's approval of a call, or what came of a call that the client runs.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CallId, TurnEvent, TurnId};

/// A call as clients name it that know no turns: its id tells the turn that waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRef {
    pub turn: TurnId,
    pub call: CallId,
}

const MARK: &str = "call_";

impl CallRef {
    /// None when it is no name of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (turn, call) = text.strip_prefix(MARK)?.split_once('_')?;
        let is_ours = !turn.is_empty() && turn.bytes().all(|byte| byte.is_ascii_digit());
        Some(Self { turn: TurnId::parse(turn).ok().filter(|_| is_ours)?, call: CallId::parse(call).ok()? })
    }
}

impl fmt::Display for CallRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}_{}", self.turn, self.call)
    }
}

/// A call that cannot go on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Wait {
    pub call: CallId,
    pub need: Need,
}

/// What a waiting call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Its user's approval.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_by_the_name_that_was_told() {
        for call in ["c1", "call_abc_1", "toolu_01-x"] {
            let named = CallRef { turn: TurnId::parse("123").unwrap(), call: CallId::parse(call).unwrap() };
            assert_eq!(CallRef::parse(&named.to_string()), Some(named));
        }
        for another in ["call_abc", "call_x_y", "call__y", "call_1_", "toolu_1_x", ""] {
            assert_eq!(CallRef::parse(another), None, "{another}");
        }
    }
}
