//! Anthropic Messages streaming (<https://docs.anthropic.com/en/docs/build-with-claude/streaming>): named events,
//! numbered content blocks. Tools that run here appear as MCP tool use and result, which no client answers.

mod request;
mod whole;

use serde_json::{Value, json};

use crate::domain::{
    BlockId, CallId, CallRef, Ending, Entry, MessageId, ModelEvent, ModelRef, Need, Runner, StopReason, TextKind,
    ToolOutcome, TurnEvent, TurnId, Usage, Wait,
};

use super::{Encoder, Frame, cut_short};

pub use request::MessagesBody;
pub use whole::message;

#[derive(Default)]
pub(super) struct Anthropic {
    blocks: usize,
    open: Vec<(Block, usize)>,
    turn: Option<TurnId>,
}

/// What a numbered block of theirs is to us.
#[derive(PartialEq)]
enum Block {
    Text(BlockId),
    Call(CallId),
}

impl Encoder for Anthropic {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        match &entry.event {
            TurnEvent::Started { turn, message, model, .. } => {
                self.turn = Some(turn.clone());
                start(message, model, out);
            }
            TurnEvent::StepStarted
            | TurnEvent::ModelAsked { .. }
            | TurnEvent::FirstHeard { .. }
            | TurnEvent::Paused { .. }
            | TurnEvent::Allowed { .. } => {}
            TurnEvent::Model(event) => self.model(event, out),
            TurnEvent::ToolReturned { call, outcome } => self.tool_result(call, outcome, out),
            TurnEvent::Waiting { waits } => wait(waits, out),
            TurnEvent::Ended(ending) => end(ending, out),
        }
    }
}

impl Anthropic {
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
                self.delta(&Block::Text(*block), &delta, out);
            }
            M::TextEnded { block, .. } => self.stop(&Block::Text(*block), out),
            M::ReasoningSigned { block, signature } => {
                let delta = json!({ "type": "signature_delta", "signature": signature });
                self.delta(&Block::Text(*block), &delta, out);
            }
            M::ToolRan { call, outcome } => self.tool_result(call, outcome, out),
            M::ToolStarted { call, name, runner } => {
                let content = match runner {
                    Runner::Client => json!({ "type": "tool_use", "id": self.name(call), "name": name, "input": {} }),
                    Runner::Us | Runner::Provider => json!({
                        "type": "mcp_tool_use", "id": self.name(call), "name": name, "server_name": "counsel", "input": {},
                    }),
                };
                self.start(Block::Call(call.clone()), &content, out);
            }
            M::ToolArguments { call, delta } => {
                let delta = json!({ "type": "input_json_delta", "partial_json": delta });
                self.delta(&Block::Call(call.clone()), &delta, out);
            }
            M::ToolCalled { call } => self.stop(&Block::Call(call.id.clone()), out),
            // Their citations point into documents that the client has sent; ours do not. Their message names its model
            // before anybody has answered, and cannot take it back.
            M::Answered { .. }
            | M::LeaveAsked { .. }
            | M::Cited { .. }
            | M::CallSigned { .. }
            | M::StepEnded { .. } => {}
        }
    }

    fn tool_result(&mut self, call: &CallId, outcome: &ToolOutcome, out: &mut Vec<Frame>) {
        let ToolOutcome { content, is_error } = outcome;
        let block = Block::Call(call.clone());
        let content = json!({
            "type": "mcp_tool_result", "tool_use_id": self.name(call), "is_error": is_error,
            "content": [{ "type": "text", "text": content }],
        });
        self.start(block, &content, out);
        self.stop(&Block::Call(call.clone()), out);
    }

    /// A client that sends what came of a call names it so; the name tells which turn waits for it.
    fn name(&self, call: &CallId) -> String {
        let named = |turn: &TurnId| CallRef { turn: turn.clone(), call: call.clone() }.to_string();
        self.turn.as_ref().map_or_else(|| call.to_string(), named)
    }

    fn start(&mut self, block: Block, content: &Value, out: &mut Vec<Frame>) {
        let index = self.blocks;
        self.blocks += 1;
        self.open.push((block, index));
        push("content_block_start", &json!({ "index": index, "content_block": content }), out);
    }

    fn delta(&self, block: &Block, delta: &Value, out: &mut Vec<Frame>) {
        if let Some((_, index)) = self.open.iter().find(|(open, _)| open == block) {
            push("content_block_delta", &json!({ "index": index, "delta": delta }), out);
        }
    }

    fn stop(&mut self, block: &Block, out: &mut Vec<Frame>) {
        if let Some(at) = self.open.iter().position(|(open, _)| open == block) {
            let (_, index) = self.open.remove(at);
            push("content_block_stop", &json!({ "index": index }), out);
        }
    }
}

fn start(message: &MessageId, model: &ModelRef, out: &mut Vec<Frame>) {
    push(
        "message_start",
        &json!({ "message": {
            "id": format!("msg_{message}"), "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 0, "output_tokens": 0 },
        }}),
        out,
    );
}

/// A client that runs a tool sends its result; one that has to allow something looks at the turn.
fn wait(waits: &[Wait], out: &mut Vec<Frame>) {
    let delta = json!({ "stop_reason": stop_waiting(waits), "stop_sequence": null });
    push("message_delta", &json!({ "delta": delta, "usage": { "input_tokens": 0, "output_tokens": 0 } }), out);
    push("message_stop", &json!({}), out);
}

fn stop_waiting(waits: &[Wait]) -> &'static str {
    if waits.iter().any(|wait| wait.need == Need::Outcome) { "tool_use" } else { "pause_turn" }
}

fn end(ending: &Ending, out: &mut Vec<Frame>) {
    if let Ending::Completed { stop, usage } = ending {
        let Usage { input_tokens, output_tokens, .. } = usage;
        push(
            "message_delta",
            &json!({
                "delta": { "stop_reason": stop_reason(*stop), "stop_sequence": null },
                "usage": { "input_tokens": input_tokens.unwrap_or(0), "output_tokens": output_tokens.unwrap_or(0) },
            }),
            out,
        );
        push("message_stop", &json!({}), out);
    } else if let Some(why) = cut_short(ending) {
        push("error", &json!({ "error": { "type": "api_error", "message": why } }), out);
    }
}

fn stop_reason(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Length => "max_tokens",
        StopReason::Refused => "refusal",
        StopReason::Finished | StopReason::ToolCalls | StopReason::Unfinished | StopReason::Other => "end_turn",
    }
}

/// The name stands in the event and, as `type`, in its data.
fn push(name: &'static str, data: &Value, out: &mut Vec<Frame>) {
    let mut data = data.clone();
    data["type"] = name.into();
    out.push(Frame::Event { name: Some(name), data: data.to_string() });
}
