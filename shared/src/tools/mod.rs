//! What a model may call. More come with their capabilities.

mod now;

use serde_json::Value;

use crate::domain::{Timestamp, ToolCall, ToolOutcome};
use crate::llm::ToolSpec;

pub trait Tool: Send + Sync {
    fn spec(&self) -> ToolSpec;
    /// An `Err` is read by the model, so it says what was wrong.
    fn call(&self, arguments: &Value, now: Timestamp) -> Result<String, String>;
}

/// The tools that are offered in a turn.
pub struct Toolbox(Vec<Box<dyn Tool>>);

impl Default for Toolbox {
    fn default() -> Self {
        Self(vec![Box::new(now::Now)])
    }
}

impl Toolbox {
    pub fn specs(&self) -> Vec<ToolSpec> {
        self.0.iter().map(|tool| tool.spec()).collect()
    }

    /// Whatever goes wrong is an outcome: the model reads it and goes on.
    pub fn call(&self, call: &ToolCall, now: Timestamp) -> ToolOutcome {
        let tool = self.0.iter().find(|tool| tool.spec().name == call.name);
        let result = match tool {
            None => Err(format!("There is no tool named {}.", call.name)),
            Some(_) if !call.arguments.is_object() => Err("The arguments are not a JSON object.".to_owned()),
            Some(tool) => tool.call(&call.arguments, now),
        };
        let is_error = result.is_err();
        let content = result.unwrap_or_else(|fault| fault);
        ToolOutcome { content, is_error }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::CallId;

    fn call(name: &str, arguments: Value) -> ToolOutcome {
        let call = ToolCall::new(CallId::from_provider("c"), name, arguments);
        Toolbox::default().call(&call, Timestamp::from_millis(0))
    }

    #[test]
    fn the_clock_tells_the_time() {
        assert_eq!(call("now", json!({})).content, "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn an_unknown_tool_and_broken_arguments_are_outcomes_that_the_model_reads() {
        assert!(call("rm", json!({})).is_error);
        assert!(call("now", json!("{\"zone\":")).is_error);
    }
}
