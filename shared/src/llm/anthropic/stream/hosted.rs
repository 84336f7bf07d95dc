//! Tools that Anthropic runs itself: web search, fetching, code, MCP
//! (platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool).

use serde_json::{Value, json};

use crate::domain::{CallId, ModelEvent, Part, Role, Runner, ToolCall, ToolOutcome};
use crate::llm::ModelRequest;
use crate::llm::partial_call::PartialCall;

/// Calls whose results are still to come. Call and result go back together, as they came: that is the signature.
#[derive(Default)]
pub(super) struct HostedCalls {
    open: Vec<(PartialCall, Value)>,
    /// Those of an earlier step, which paused before their results.
    before: Vec<(CallId, Value)>,
}

impl HostedCalls {
    pub(super) fn after(request: &ModelRequest) -> Self {
        let now = request.messages.last().filter(|last| last.role == Role::Assistant);
        let before = now.into_iter().flat_map(|last| &last.parts).filter_map(unanswered).collect();
        Self { open: Vec::new(), before }
    }

    pub(super) fn called(&mut self, call: PartialCall, block: Value) {
        self.open.push((call, block));
    }

    pub(super) fn ran(&mut self, result: &Value, out: &mut Vec<ModelEvent>) {
        let Some(at) = self.open.iter().position(|(_, block)| block["id"] == result["tool_use_id"]) else {
            return self.ran_later(result, out);
        };
        let (call, block) = self.open.remove(at);
        let id = call.id.clone();
        call.call(Some(json!([block, result]).to_string()), out);
        out.push(ModelEvent::ToolRan { call: id, outcome: outcome(result) });
    }

    fn ran_later(&mut self, result: &Value, out: &mut Vec<ModelEvent>) {
        let Some(at) = self.before.iter().position(|(_, block)| block["id"] == result["tool_use_id"]) else { return };
        let (call, block) = self.before.remove(at);
        out.push(ModelEvent::CallSigned { call: call.clone(), signature: json!([block, result]).to_string() });
        out.push(ModelEvent::ToolRan { call, outcome: outcome(result) });
    }

    /// A call without a result goes back only to who has paused before it.
    pub(super) fn end(&mut self, is_paused: bool, out: &mut Vec<ModelEvent>) {
        let signature = |block: Value| is_paused.then(|| json!([block]).to_string());
        self.open.drain(..).for_each(|(call, block)| call.call(signature(block), out));
    }
}

/// A call that went back alone.
fn unanswered(part: &Part) -> Option<(CallId, Value)> {
    let Part::ToolCall(ToolCall { id, runner: Runner::Provider, signature: Some(signature), .. }) = part else {
        return None;
    };
    let [block] = serde_json::from_str::<[Value; 1]>(signature).ok()?;
    Some((id.clone(), block))
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
