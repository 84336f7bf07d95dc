//! `now`: what time it is.

use serde_json::{Value, json};

use crate::domain::Timestamp;
use crate::llm::ToolSpec;

use super::Tool;

pub(super) struct Now;

impl Tool for Now {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "now",
            description: "The current date and time in UTC (RFC 3339).",
            parameters: json!({ "type": "object", "properties": {} }),
        }
    }

    fn call(&self, _: &Value, now: Timestamp) -> Result<String, String> {
        Ok(now.to_string())
    }
}
