//! `OpenAI` Chat Completions streaming (<https://platform.openai.com/docs/api-reference/chat/streaming>): chunks on
//! `data` lines, closed by `[DONE]`. Tools that run here are not the client's business: it hears what was said, and
//! of its own tools. What the model thinks aloud is `reasoning_content`, as `DeepSeek` and `vLLM` have it.

mod request;
mod whole;

use serde_json::{Value, json};

use crate::domain::{
    CallId, CallRef, Ending, Entry, MessageId, ModelEvent, Need, Runner, StopReason, TextKind, Timestamp, ToolCall,
    TurnEvent, TurnId, Usage, UsageTally, Wait,
};
use crate::error::codes;

use super::{Encoder, Encoding, Frame, Position, cut_short};

pub use request::CompletionsBody;
pub use whole::completion;

#[derive(Default)]
pub(super) struct Completions {
    head: Head,
    turn: Option<TurnId>,
    calls: Vec<Call>,
    /// What all calls are named, also those that are not the client's.
    names: Vec<(CallId, String)>,
    has_text: bool,
    tally: UsageTally,
    tells_usage: bool,
}

/// What every chunk repeats.
#[derive(Default)]
struct Head {
    id: String,
    created: i64,
    model: String,
}

/// A call of a tool of the client's; its place in the list is its index.
struct Call {
    id: CallId,
    has_arguments: bool,
}

/// An answer from `opens_at` on; with a chunk about its usage, if the client wants one.
pub fn encoding(tells_usage: bool, opens_at: Position) -> Encoding {
    let encoder = Box::new(Completions { tells_usage, ..Completions::default() });
    Encoding { encoder, opens_at, ..super::Dialect::Completions.into() }
}

impl Encoder for Completions {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        self.tally.add(&entry.event);
        match &entry.event {
            TurnEvent::Started { turn, message, model, at, .. } => {
                self.turn = Some(turn.clone());
                self.head = Head { id: id(message), created: seconds(*at), model: model.to_string() };
                self.delta(&json!({ "role": "assistant", "content": "" }), out);
            }
            TurnEvent::Model(event) => self.model(event, out),
            TurnEvent::Waiting { waits } => {
                self.ask_for_leave(waits, out);
                self.finish(finish_waiting(waits), self.tally.usage(), out);
            }
            TurnEvent::Ended(Ending::Completed { stop, usage }) => {
                let own = Some(self.tally.usage()).filter(|usage| *usage != Usage::default());
                self.finish(finish_reason(*stop), own.unwrap_or(*usage), out);
            }
            TurnEvent::Ended(ending) => fail(ending, out),
            _ => {}
        }
    }
}

impl Completions {
    fn ask_for_leave(&self, waits: &[Wait], out: &mut Vec<Frame>) {
        let name = |call: &CallId| self.names.iter().find(|(known, _)| known == call).map(|(_, name)| name.as_str());
        if let Some(words) = self.turn.as_ref().and_then(|turn| asking(turn, waits, name)) {
            let words = if self.has_text { format!("\n\n{words}") } else { words };
            self.delta(&json!({ "content": words }), out);
        }
    }

    fn model(&mut self, event: &ModelEvent, out: &mut Vec<Frame>) {
        use ModelEvent as M;
        if let M::ToolStarted { call, name, .. } = event {
            self.names.push((call.clone(), name.clone()));
        }
        match event {
            M::TextDelta { kind: TextKind::Answer, text, .. } => {
                self.has_text = true;
                self.delta(&json!({ "content": text }), out);
            }
            M::TextDelta { kind: TextKind::Reasoning, text, .. } => {
                self.delta(&json!({ "reasoning_content": text }), out);
            }
            M::ToolStarted { call, name, runner: Runner::Client } => self.start_call(call, name, out),
            M::ToolArguments { call, delta } => self.arguments(call, delta, out),
            M::ToolCalled { call: ToolCall { id, arguments, .. } } => self.end_call(id, arguments, out),
            // The rest is of tools that are not the client's, or has no place here.
            _ => {}
        }
    }

    fn start_call(&mut self, call: &CallId, name: &str, out: &mut Vec<Frame>) {
        let index = self.calls.len();
        self.calls.push(Call { id: call.clone(), has_arguments: false });
        let id = call_name(self.turn.as_ref(), call);
        let function = json!({ "name": name, "arguments": "" });
        self.delta(
            &json!({ "tool_calls": [{ "index": index, "id": id, "type": "function", "function": function }] }),
            out,
        );
    }

    fn arguments(&mut self, call: &CallId, delta: &str, out: &mut Vec<Frame>) {
        let Some(index) = self.calls.iter().position(|known| known.id == *call) else { return };
        self.calls[index].has_arguments = true;
        self.delta(&json!({ "tool_calls": [{ "index": index, "function": { "arguments": delta } }] }), out);
    }

    /// Some models say all of a call at once.
    fn end_call(&mut self, call: &CallId, arguments: &Value, out: &mut Vec<Frame>) {
        if self.calls.iter().any(|known| known.id == *call && !known.has_arguments) {
            self.arguments(call, &arguments.to_string(), out);
        }
    }

    fn finish(&self, reason: &str, spent: Usage, out: &mut Vec<Frame>) {
        self.chunk(&json!([{ "index": 0, "delta": {}, "finish_reason": reason }]), None, out);
        if self.tells_usage {
            self.chunk(&json!([]), Some(usage(spent)), out);
        }
        done(out);
    }

    fn delta(&self, delta: &Value, out: &mut Vec<Frame>) {
        self.chunk(&json!([{ "index": 0, "delta": delta, "finish_reason": null }]), None, out);
    }

    fn chunk(&self, choices: &Value, usage: Option<Value>, out: &mut Vec<Frame>) {
        let Head { id, created, model } = &self.head;
        let mut chunk = json!({
            "id": id, "object": "chat.completion.chunk", "created": created, "model": model, "choices": choices,
        });
        if let Some(usage) = usage {
            chunk["usage"] = usage;
        }
        out.push(Frame::Event { name: None, data: chunk.to_string() });
    }
}

fn id(message: &MessageId) -> String {
    format!("chatcmpl-{message}")
}

fn seconds(at: Timestamp) -> i64 {
    at.millis() / 1_000
}

/// A client that sends what came of a call names it so; the name tells which turn waits for it.
fn call_name(turn: Option<&TurnId>, call: &CallId) -> String {
    let named = |turn: &TurnId| CallRef { turn: turn.clone(), call: call.clone() }.to_string();
    turn.map_or_else(|| call.to_string(), named)
}

fn finish_reason(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Length => "length",
        StopReason::Refused => "content_filter",
        _ => "stop",
    }
}

/// These clients know no approvals: the text says what waits, and where its user approves it.
fn asking<'a>(turn: &TurnId, waits: &[Wait], name: impl Fn(&CallId) -> Option<&'a str>) -> Option<String> {
    let calls = waits.iter().filter(|wait| wait.need == Need::Approval).map(|Wait { call, .. }| {
        format!("\n- {}: POST /turns/{turn}/approvals/{call}", name(call).unwrap_or(call.as_str()))
    });
    let calls: String = calls.collect();
    let head = "The answer waits for your approval. Give it with {\"approved\": true}, or refuse it with false:";
    (!calls.is_empty()).then(|| format!("{head}{calls}"))
}

fn finish_waiting(waits: &[Wait]) -> &'static str {
    if waits.iter().any(|wait| wait.need == Need::Outcome) { "tool_calls" } else { "stop" }
}

fn usage(usage: Usage) -> Value {
    let (prompt, completion) = (usage.input_tokens.unwrap_or(0), usage.output_tokens.unwrap_or(0));
    let mut told = json!({
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt.saturating_add(completion),
    });
    if let Some(cached) = usage.cached_tokens {
        told["prompt_tokens_details"] = json!({ "cached_tokens": cached });
    }
    if let Some(reasoning) = usage.reasoning_tokens {
        told["completion_tokens_details"] = json!({ "reasoning_tokens": reasoning });
    }
    told
}

/// Their SDKs throw what stands in `error`; a client that looks at nothing but `[DONE]` learns that it is over, too.
fn fail(ending: &Ending, out: &mut Vec<Frame>) {
    let code = match ending {
        Ending::Failed { code, .. } => code,
        Ending::Cancelled => codes::ANSWER_CANCELLED.name(),
        Ending::Interrupted | Ending::Completed { .. } => codes::ANSWER_INTERRUPTED.name(),
    };
    let message = cut_short(ending).unwrap_or_default();
    let error = json!({ "error": { "message": message, "type": "server_error", "param": null, "code": code } });
    out.push(Frame::Event { name: None, data: error.to_string() });
    done(out);
}

fn done(out: &mut Vec<Frame>) {
    out.push(Frame::Event { name: None, data: "[DONE]".to_owned() });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(events: Vec<ModelEvent>) -> Vec<Value> {
        let (mut encoder, mut frames) = (Completions::default(), Vec::new());
        for event in events {
            encoder.encode(&Entry::at(0, TurnEvent::Model(event)), &mut frames);
        }
        let data = |frame| match frame {
            Frame::Event { data, .. } => serde_json::from_str(&data).unwrap(),
            Frame::Text(text) => panic!("{text}"),
        };
        frames.into_iter().map(data).collect()
    }

    #[test]
    fn a_call_that_is_said_at_once_has_its_arguments_once() {
        let call = |id: &str, runner| {
            let call = ToolCall { runner, ..ToolCall::new(CallId::from_provider(id), "read", json!({ "of": id })) };
            let (id, name) = (call.id.clone(), call.name.clone());
            [ModelEvent::ToolStarted { call: id, name, runner }, ModelEvent::ToolCalled { call }]
        };
        let calls = [call("a", Runner::Us), call("b", Runner::Client), call("c", Runner::Client)];
        let told = chunks(calls.concat());
        let calls: Vec<_> = told.iter().map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"][0]).collect();
        let told: Vec<_> = calls.iter().map(|call| (&call["index"], &call["function"]["arguments"])).collect();
        let (b, c) = (json!(r#"{"of":"b"}"#), json!(r#"{"of":"c"}"#));
        assert_eq!(told, [(&json!(0), &json!("")), (&json!(0), &b), (&json!(1), &json!("")), (&json!(1), &c)]);
    }

    #[test]
    fn usage_tells_what_was_cached_and_what_was_thought() {
        let spent = Usage {
            input_tokens: Some(10),
            cached_tokens: Some(4),
            output_tokens: Some(3),
            reasoning_tokens: Some(2),
            estimated: false,
        };
        let told = json!({
            "prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13,
            "prompt_tokens_details": { "cached_tokens": 4 }, "completion_tokens_details": { "reasoning_tokens": 2 },
        });
        assert_eq!(usage(spent), told);
    }
}
