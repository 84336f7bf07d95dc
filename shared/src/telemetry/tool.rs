//! The record of a tool call.

use super::counts::add;
use super::trace::{Trace, millis};

/// A call of a tool of ours, from now on.
pub struct ToolCallRecord {
    work: Option<Trace>,
}

impl ToolCallRecord {
    pub fn begin() -> Self {
        let work = Trace::of_call();
        if let Some(work) = &work {
            add(&work.counts().tool_calls);
        }
        Self { work }
    }

    /// `tool` is one of our own, or none: a model makes up names.
    pub fn end(self, tool: Option<&str>, call: &str, failed: bool) {
        let Some(work) = self.work else { return };
        let (tool, duration_ms) = (tool.unwrap_or("unknown"), millis(work.took()));
        work.within(|| tracing::debug!(target: "tool_call", tool, call, failed, duration_ms));
    }
}
