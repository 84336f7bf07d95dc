//! What an agent did besides talking: tools that it called, code that it ran, places that it leans on.

use serde_json::{Value, json};

use crate::domain::{CallId, Citation, ModelEvent, Runner, ToolCall, ToolOutcome, Usage};

/// A field in Python's spelling or in that of the other languages of ADK.
pub(super) fn get<'a>(value: &'a Value, name: &str) -> &'a Value {
    if !value[name].is_null() {
        return value.get(name).unwrap_or(&Value::Null);
    }
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    let camel = words.fold(first, |name, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        name + &head.to_uppercase() + tail
    });
    value.get(&camel).unwrap_or(&Value::Null)
}

const STEPS: [&str; 4] = ["function_call", "function_response", "executable_code", "code_execution_result"];

pub(super) fn is_one(part: &Value) -> bool {
    STEPS.iter().any(|step| !get(part, step).is_null())
}

/// Whether the agent still has to make something of what stands here.
pub(super) fn goes_on(parts: &[Value]) -> bool {
    let has = |part: &Value, step: &str| !get(part, step).is_null();
    let is_function = |part: &Value| has(part, "function_call") || has(part, "function_response");
    parts.iter().any(is_function) || parts.last().is_some_and(|last| has(last, "code_execution_result"))
}

/// Calls whose results are awaited, by name: not every engine gives them ids.
#[derive(Default)]
pub(super) struct EngineCalls {
    open: Vec<(CallId, String)>,
    made: u32,
}

impl EngineCalls {
    pub(super) fn hear(&mut self, part: &Value, out: &mut Vec<ModelEvent>) {
        let [call, response, code, result] = STEPS.map(|step| get(part, step));
        if !call.is_null() {
            let arguments = if call["args"].is_null() { json!({}) } else { call["args"].clone() };
            self.start(call["id"].as_str(), call["name"].as_str().unwrap_or_default(), arguments, out);
        } else if !code.is_null() {
            self.start(code["id"].as_str(), "code_execution", json!({ "code": code["code"] }), out);
        } else if !response.is_null() {
            let outcome = outcome(&response["response"]);
            self.end(response["id"].as_str(), response["name"].as_str().unwrap_or_default(), outcome, out);
        } else {
            let content = result["output"].as_str().unwrap_or_default().to_owned();
            let is_error = result["outcome"].as_str().is_some_and(|outcome| outcome != "OUTCOME_OK");
            self.end(result["id"].as_str(), "code_execution", ToolOutcome { content, is_error }, out);
        }
    }

    fn start(&mut self, id: Option<&str>, name: &str, arguments: Value, out: &mut Vec<ModelEvent>) {
        self.made += 1;
        let made_up = format!("call_{}", self.made);
        let id = CallId::from_provider(id.unwrap_or(&made_up));
        let name = name.to_owned();
        self.open.push((id.clone(), name.clone()));
        out.push(ModelEvent::ToolStarted { call: id.clone(), name: name.clone(), runner: Runner::Provider });
        out.push(ModelEvent::ToolArguments { call: id.clone(), delta: arguments.to_string() });
        let call = ToolCall { id, name, arguments, runner: Runner::Provider, signature: None };
        out.push(ModelEvent::ToolCalled { call });
    }

    /// A result whose call nobody made is not told.
    fn end(&mut self, id: Option<&str>, name: &str, outcome: ToolOutcome, out: &mut Vec<ModelEvent>) {
        let id = id.map(CallId::from_provider);
        let is_it = |(open, its_name): &(CallId, String)| id.as_ref().map_or(its_name == name, |id| id == open);
        if let Some(at) = self.open.iter().position(is_it) {
            let (call, _) = self.open.remove(at);
            out.push(ModelEvent::ToolRan { call, outcome });
        }
    }
}

/// ADK puts what is no object into one, under `result`.
fn outcome(response: &Value) -> ToolOutcome {
    let plain = response.get("result").filter(|_| response.as_object().is_some_and(|object| object.len() == 1));
    let content = plain.unwrap_or(response);
    let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
    ToolOutcome { content, is_error: !response["error"].is_null() }
}

pub(super) fn cite(event: &Value, out: &mut Vec<ModelEvent>) {
    let chunks = get(get(event, "grounding_metadata"), "grounding_chunks").as_array();
    for chunk in chunks.into_iter().flatten() {
        let place = if chunk["web"].is_null() { get(chunk, "retrieved_context") } else { &chunk["web"] };
        let word = |name: &str| place[name].as_str().map(str::to_owned);
        let citation = Citation { url: word("uri"), title: word("title"), file: None, quote: word("text") };
        if citation.url.is_some() || citation.title.is_some() {
            out.push(ModelEvent::Cited { citation });
        }
    }
}

pub(super) fn usage(usage: &Value) -> Usage {
    let count = |name: &str| get(usage, name).as_u64();
    let (said, thought) = (count("candidates_token_count"), count("thoughts_token_count"));
    Usage {
        input_tokens: count("prompt_token_count"),
        cached_tokens: count("cached_content_token_count"),
        output_tokens: said.or(thought).map(|_| said.unwrap_or(0) + thought.unwrap_or(0)),
        reasoning_tokens: thought,
        estimated: false,
    }
}
