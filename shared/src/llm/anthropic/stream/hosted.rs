//! Tools that Anthropic runs itself: web search, fetching, code, MCP
//! (platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool).

use serde_json::{Value, json};

use crate::domain::{ModelEvent, ToolOutcome};
use crate::llm::partial_call::PartialCall;

/// Calls whose results are still to come. Call and result go back together, as they came: that is the signature.
#[derive(Default)]
pub(super) struct HostedCalls(Vec<(PartialCall, Value)>);

impl HostedCalls {
    pub(super) fn called(&mut self, call: PartialCall, block: Value) {
        self.0.push((call, block));
    }

    pub(super) fn ran(&mut self, result: &Value, out: &mut Vec<ModelEvent>) {
        let Some(at) = self.0.iter().position(|(_, block)| block["id"] == result["tool_use_id"]) else { return };
        let (call, block) = self.0.remove(at);
        let id = call.id.clone();
        call.call(Some(json!([block, result]).to_string()), out);
        out.push(ModelEvent::ToolRan { call: id, outcome: outcome(result) });
    }

    /// A call without a result has nothing that could be sent back.
    pub(super) fn end(&mut self, out: &mut Vec<ModelEvent>) {
        self.0.drain(..).for_each(|(call, _)| call.call(None, out));
    }
}

fn outcome(result: &Value) -> ToolOutcome {
    let content = &result["content"];
    let fault = content["error_code"].as_str();
    let is_error = fault.is_some() || result["is_error"] == true;
    let content = match fault.or(content.as_str()) {
        Some(text) => text.to_owned(),
        None => readable(content).to_string(),
    };
    ToolOutcome { content, is_error }
}

/// Without what nobody but Anthropic can read.
fn readable(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(readable).collect(),
        Value::Object(fields) => {
            let open = fields.iter().filter(|(name, _)| !name.starts_with("encrypted_"));
            Value::Object(open.map(|(name, value)| (name.clone(), readable(value))).collect())
        }
        other => other.clone(),
    }
}
