//! A tool call that arrives in pieces.

use serde_json::{Value, json};

use crate::domain::{CallId, ModelEvent, Runner, ToolCall};
use crate::error::Result;

use super::ModelFault;

/// More than any tool takes.
const MAX_ARGUMENT_BYTES: usize = 256 * 1024;

pub(super) struct PartialCall {
    pub(super) id: CallId,
    name: String,
    runner: Runner,
    arguments: String,
}

impl PartialCall {
    pub(super) fn start(id: &str, name: &str, runner: Runner, out: &mut Vec<ModelEvent>) -> Self {
        let (id, name) = (CallId::from_provider(id), name.to_owned());
        out.push(ModelEvent::ToolStarted { call: id.clone(), name: name.clone(), runner });
        Self { id, name, runner, arguments: String::new() }
    }

    pub(super) fn add(&mut self, delta: &str, out: &mut Vec<ModelEvent>) -> Result<()> {
        if self.arguments.len() + delta.len() > MAX_ARGUMENT_BYTES {
            return Err(ModelFault::garbled("a tool call without end"));
        }
        if !delta.is_empty() {
            self.arguments.push_str(delta);
            out.push(ModelEvent::ToolArguments { call: self.id.clone(), delta: delta.to_owned() });
        }
        Ok(())
    }

    pub(super) fn is_silent(&self) -> bool {
        self.arguments.is_empty()
    }

    /// Arguments that are no JSON are kept as text: the tool refuses them, and the model reads why.
    pub(super) fn arguments(&self) -> Value {
        match self.arguments.trim() {
            "" => json!({}),
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        }
    }

    pub(super) fn call(self, signature: Option<String>, out: &mut Vec<ModelEvent>) {
        let arguments = self.arguments();
        let Self { id, name, runner, .. } = self;
        out.push(ModelEvent::ToolCalled { call: ToolCall { id, name, arguments, runner, signature } });
    }
}
