//! What calls are named on the wire, where what comes back of a call may be for us to hear.

use crate::domain::{CallId, CallRef, Runner, TurnId};

/// The calls of one turn.
#[derive(Default)]
pub(super) struct CallNames {
    turn: Option<TurnId>,
    /// Those that the client runs.
    clients: Vec<CallId>,
}

impl CallNames {
    pub(super) fn of(turn: &TurnId) -> Self {
        Self { turn: Some(turn.clone()), clients: Vec::new() }
    }

    pub(super) fn start(&mut self, call: &CallId, runner: Runner) {
        if runner == Runner::Client {
            self.clients.push(call.clone());
        }
    }

    /// A call that the client runs names its turn. Others do not: what a client sends again of them is not new.
    pub(super) fn name(&self, call: &CallId) -> String {
        if self.clients.contains(call) { self.reference(call) } else { call.to_string() }
    }

    /// The name under which a call is decided.
    pub(super) fn reference(&self, call: &CallId) -> String {
        let named = |turn: &TurnId| CallRef { turn: turn.clone(), call: call.clone() }.to_string();
        self.turn.as_ref().map_or_else(|| call.to_string(), named)
    }
}
