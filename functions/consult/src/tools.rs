//! The tools that come with a question: functions, which the client runs, and tools that the model's provider runs.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use shared::domain::{HostedTool, ToolSpec};

pub(crate) enum AskTool {
    /// The turn waits for what comes of it.
    Function(ToolSpec),
    Hosted(HostedTool),
}

/// Without a type, or with `"type": "function"`, it is a function.
impl<'de> Deserialize<'de> for AskTool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tool = Value::deserialize(deserializer)?;
        match tool.get("type").and_then(Value::as_str) {
            None | Some("function") => ToolSpec::deserialize(tool).map(Self::Function).map_err(D::Error::custom),
            Some(_) => HostedTool::deserialize(tool).map(Self::Hosted).map_err(D::Error::custom),
        }
    }
}

/// Those that the client runs, those that the provider runs.
pub(crate) fn sorted(tools: Vec<AskTool>) -> (Vec<ToolSpec>, Vec<HostedTool>) {
    let (mut functions, mut hosted) = (Vec::new(), Vec::new());
    for tool in tools {
        match tool {
            AskTool::Function(spec) => functions.push(spec),
            AskTool::Hosted(tool) => hosted.push(tool),
        }
    }
    (functions, hosted)
}
