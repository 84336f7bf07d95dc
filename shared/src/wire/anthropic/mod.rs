//! Anthropic Messages streaming (<https://docs.anthropic.com/en/docs/build-with-claude/streaming>): named events,
//! numbered content blocks. Tools that run here appear as MCP tool use and result, which no client answers.

mod request;
mod whole;

use serde_json::{Value, json};

use crate::domain::{
    BlockId, CallId, CallRef, Citation, Ending, Entry, MessageId, ModelEvent, ModelRef, Need, Runner, StopReason,
    TextKind, ToolCall, ToolOutcome, TurnEvent, TurnId, Usage, UsageTally, Wait,
};
use crate::error::{ErrorKind, codes};

use super::{Encoder, Frame, cut_short};

pub use request::MessagesBody;
pub use whole::message;

#[derive(Default)]
pub(super) struct AnthropicEncoder {
    blocks: usize,
    open: Vec<(Block, usize)>,
    /// Calls that have begun and are not whole.
    calls: usize,
    turn: Option<TurnId>,
    tally: UsageTally,
    /// A message that is held back until it is known what its prompt costs.
    beginning: Option<(MessageId, ModelRef)>,
    cited: Vec<Value>,
    /// The sequence at which the client wanted the model to stop.
    stopped: Option<String>,
}

/// What a numbered block of theirs is to us.
#[derive(PartialEq)]
enum Block {
    Text(BlockId),
    Call { id: CallId, has_input: bool },
}

impl Encoder for AnthropicEncoder {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        self.tally.add(&entry.event);
        match &entry.event {
            TurnEvent::Started { turn, message, model, .. } => {
                self.turn = Some(turn.clone());
                self.beginning = Some((message.clone(), model.clone()));
            }
            TurnEvent::ModelAsked { prompt_tokens, .. } => self.begin(*prompt_tokens, out),
            TurnEvent::StepStarted
            | TurnEvent::FirstHeard { .. }
            | TurnEvent::Paused { .. }
            | TurnEvent::Allowed { .. } => {}
            event => {
                self.begin(0, out);
                self.tell(event, out);
            }
        }
    }
}

impl AnthropicEncoder {
    /// `input_tokens` is an estimate: the end has the true number.
    fn begin(&mut self, input_tokens: u64, out: &mut Vec<Frame>) {
        if let Some((message, model)) = self.beginning.take() {
            start(&message, &model, input_tokens, out);
        }
    }

    fn tell(&mut self, event: &TurnEvent, out: &mut Vec<Frame>) {
        match event {
            TurnEvent::Model(event) => self.model(event, out),
            TurnEvent::ToolReturned { call, outcome } => self.tool_result(call, outcome, out),
            TurnEvent::Waiting { waits } => stop(Stop::plain(stop_waiting(waits)), self.tally.usage(), out),
            TurnEvent::Ended(Ending::Completed { stop: why, usage }) => {
                let own = Some(self.tally.usage()).filter(|usage| *usage != Usage::default());
                stop(stop_reason(*why, self.stopped.as_deref()), own.unwrap_or(*usage), out);
            }
            TurnEvent::Ended(ending) => fail(ending, out),
            _ => {}
        }
    }

    fn model(&mut self, event: &ModelEvent, out: &mut Vec<Frame>) {
        use ModelEvent as M;
        match event {
            M::TextStarted { block, kind } => {
                let content = match kind {
                    TextKind::Answer => json!({ "type": "text", "text": "" }),
                    TextKind::Reasoning => json!({ "type": "thinking", "thinking": "", "signature": "" }),
                };
                self.start(Block::Text(*block), &content, out);
            }
            M::TextDelta { block, kind, text } => {
                let delta = match kind {
                    TextKind::Answer => json!({ "type": "text_delta", "text": text }),
                    TextKind::Reasoning => json!({ "type": "thinking_delta", "thinking": text }),
                };
                self.delta(*block, &delta, out);
            }
            M::TextEnded { block, .. } => self.stop(|open| *open == Block::Text(*block), out),
            M::ReasoningSigned { block, signature } => {
                let delta = json!({ "type": "signature_delta", "signature": signature });
                self.delta(*block, &delta, out);
            }
            M::ToolRan { call, outcome } => self.tool_result(call, outcome, out),
            M::ToolStarted { call, name, runner } => {
                self.calls += 1;
                if *runner == Runner::Client && self.calls == 1 && self.open.is_empty() {
                    self.start_call(call, name, out);
                }
            }
            M::ToolArguments { call, delta } => self.arguments(call, delta, out),
            M::ToolCalled { call } => self.end_call(call, out),
            M::Cited { citation } => self.cite(citation, out),
            M::Stopped { sequence } => self.stopped = Some(sequence.clone()),
            // Their message names its model before anybody has answered, and cannot take it back.
            M::Answered { .. } | M::ApprovalRequested { .. } | M::CallSigned { .. } | M::StepEnded { .. } => {}
        }
    }

    /// Of the text that is being told; the same place is often cited with every sentence.
    fn cite(&mut self, citation: &Citation, out: &mut Vec<Frame>) {
        let told = cited(citation).filter(|told| !self.cited.contains(told));
        let text = self.open.iter().rev().find(|(open, _)| matches!(open, Block::Text(_)));
        if let (Some(told), Some((_, index))) = (told, text) {
            let delta = json!({ "type": "citations_delta", "citation": told });
            push("content_block_delta", &json!({ "index": index, "delta": delta }), out);
            self.cited.push(told);
        }
    }

    /// Their blocks stand one behind the other: a call that begins inside another is sent when it is whole.
    fn start_call(&mut self, call: &CallId, name: &str, out: &mut Vec<Frame>) {
        let content = json!({ "type": "tool_use", "id": self.name(call), "name": name, "input": {} });
        self.start(Block::Call { id: call.clone(), has_input: false }, &content, out);
    }

    fn arguments(&mut self, call: &CallId, delta: &str, out: &mut Vec<Frame>) {
        if let Some((Block::Call { has_input, .. }, index)) = self.open.iter_mut().find(|(open, _)| open.is_call(call))
        {
            *has_input = true;
            let delta = json!({ "type": "input_json_delta", "partial_json": delta });
            push("content_block_delta", &json!({ "index": *index, "delta": delta }), out);
        }
    }

    fn end_call(&mut self, call: &ToolCall, out: &mut Vec<Frame>) {
        let ToolCall { id, name, arguments, runner, .. } = call;
        self.calls = self.calls.saturating_sub(1);
        if *runner != Runner::Client {
            return self.hosted_call(call, out);
        }
        if !self.open.iter().any(|(open, _)| open.is_call(id)) {
            self.start_call(id, name, out);
        }
        if self.open.iter().any(|(open, _)| *open == Block::Call { id: id.clone(), has_input: false }) {
            self.arguments(id, &arguments.to_string(), out);
        }
        self.stop(|open| open.is_call(id), out);
    }

    /// What comes of it is not the client's to say. Its input stands in the block at once: the SDKs read the pieces of
    /// this kind of input in their beta only.
    fn hosted_call(&mut self, call: &ToolCall, out: &mut Vec<Frame>) {
        let ToolCall { id, name, arguments, .. } = call;
        self.block(&hosted_use(&self.name(id), name, arguments), out);
    }

    fn tool_result(&mut self, call: &CallId, outcome: &ToolOutcome, out: &mut Vec<Frame>) {
        self.block(&hosted_result(&self.name(call), outcome), out);
    }

    /// A block that is sent at once.
    fn block(&mut self, content: &Value, out: &mut Vec<Frame>) {
        let index = self.next_index();
        push("content_block_start", &json!({ "index": index, "content_block": content }), out);
        push("content_block_stop", &json!({ "index": index }), out);
    }

    /// A client that sends what came of a call names it so; the name tells which turn waits for it.
    fn name(&self, call: &CallId) -> String {
        let named = |turn: &TurnId| CallRef { turn: turn.clone(), call: call.clone() }.to_string();
        self.turn.as_ref().map_or_else(|| call.to_string(), named)
    }

    fn next_index(&mut self) -> usize {
        self.blocks += 1;
        self.blocks - 1
    }

    fn start(&mut self, block: Block, content: &Value, out: &mut Vec<Frame>) {
        let index = self.next_index();
        self.open.push((block, index));
        push("content_block_start", &json!({ "index": index, "content_block": content }), out);
    }

    fn delta(&self, block: BlockId, delta: &Value, out: &mut Vec<Frame>) {
        if let Some((_, index)) = self.open.iter().find(|(open, _)| *open == Block::Text(block)) {
            push("content_block_delta", &json!({ "index": index, "delta": delta }), out);
        }
    }

    fn stop(&mut self, is_it: impl Fn(&Block) -> bool, out: &mut Vec<Frame>) {
        if let Some(at) = self.open.iter().position(|(open, _)| is_it(open)) {
            let (_, index) = self.open.remove(at);
            push("content_block_stop", &json!({ "index": index }), out);
        }
    }
}

impl Block {
    fn is_call(&self, call: &CallId) -> bool {
        matches!(self, Self::Call { id, .. } if id == call)
    }
}

fn hosted_use(id: &str, name: &str, input: &Value) -> Value {
    json!({ "type": "mcp_tool_use", "id": id, "name": name, "server_name": "counsel", "input": input })
}

fn hosted_result(id: &str, outcome: &ToolOutcome) -> Value {
    let ToolOutcome { content, is_error } = outcome;
    json!({
        "type": "mcp_tool_result", "tool_use_id": id, "is_error": is_error,
        "content": [{ "type": "text", "text": content }],
    })
}

/// As their search cites a page. Their other citations point into documents that the client has sent; ours do not.
fn cited(citation: &Citation) -> Option<Value> {
    let Citation { url, title, quote, .. } = citation;
    let (url, quote) = (url.as_ref()?, quote.as_deref().unwrap_or_default());
    Some(json!({
        "type": "web_search_result_location", "url": url, "title": title, "cited_text": quote, "encrypted_index": "",
    }))
}

fn start(message: &MessageId, model: &ModelRef, input_tokens: u64, out: &mut Vec<Frame>) {
    let spent = Usage { input_tokens: Some(input_tokens), ..Usage::default() };
    push(
        "message_start",
        &json!({ "message": {
            "id": format!("msg_{message}"), "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": usage(spent),
        }}),
        out,
    );
    push("ping", &json!({}), out);
}

/// Why a message ends, and at which of the client's sequences.
struct Stop<'a> {
    reason: &'static str,
    sequence: Option<&'a str>,
}

impl Stop<'_> {
    fn plain(reason: &'static str) -> Self {
        Self { reason, sequence: None }
    }
}

fn stop(Stop { reason, sequence }: Stop<'_>, spent: Usage, out: &mut Vec<Frame>) {
    let delta = json!({ "stop_reason": reason, "stop_sequence": sequence });
    push("message_delta", &json!({ "delta": delta, "usage": usage(spent) }), out);
    push("message_stop", &json!({}), out);
}

/// Their input is what was not cached.
fn usage(usage: Usage) -> Value {
    let (input, output) = (usage.input_tokens.unwrap_or(0), usage.output_tokens.unwrap_or(0));
    let Some(cached) = usage.cached_tokens else {
        return json!({ "input_tokens": input, "output_tokens": output });
    };
    json!({
        "input_tokens": input.saturating_sub(cached), "cache_read_input_tokens": cached, "output_tokens": output,
    })
}

/// A client that runs a tool sends its result. One that waits for a user's approval sends all of it again, and hears what
/// came of it.
fn stop_waiting(waits: &[Wait]) -> &'static str {
    if waits.iter().any(|wait| wait.need == Need::Outcome) { "tool_use" } else { "pause_turn" }
}

fn fail(ending: &Ending, out: &mut Vec<Frame>) {
    let kind = match ending {
        Ending::Failed { code, .. } if is_overload(code) => "overloaded_error",
        _ => "api_error",
    };
    let message = cut_short(ending).unwrap_or_default();
    push("error", &json!({ "error": { "type": kind, "message": message } }), out);
}

/// Whether it will pass: their SDKs know one word for that.
fn is_overload(code: &str) -> bool {
    codes::named(code).is_some_and(|code| {
        [codes::MODEL_BUSY, codes::MODEL_UNAVAILABLE].contains(&code) || code.kind() == ErrorKind::Unavailable
    })
}

/// `sequence`: where the provider has told at which it stopped.
fn stop_reason(stop: StopReason, sequence: Option<&str>) -> Stop<'_> {
    match stop {
        StopReason::Length => Stop::plain("max_tokens"),
        StopReason::Refused => Stop::plain("refusal"),
        StopReason::Finished if sequence.is_some() => Stop { reason: "stop_sequence", sequence },
        StopReason::Finished | StopReason::ToolCalls | StopReason::Unfinished | StopReason::Other => {
            Stop::plain("end_turn")
        }
    }
}

/// The name stands in the event and, as `type`, in its data.
fn push(name: &'static str, data: &Value, out: &mut Vec<Frame>) {
    let mut data = data.clone();
    data["type"] = name.into();
    out.push(Frame::Event { name: Some(name), data: data.to_string() });
}

#[cfg(test)]
mod tests;
