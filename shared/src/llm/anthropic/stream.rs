//! Anthropic's stream as our events (platform.claude.com/docs/en/build-with-claude/streaming); no clock, no socket.

mod citation;
mod hosted;
mod usage;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{ModelEvent, Runner, StopReason, TextKind};
use crate::error::Result;
use crate::llm::ModelRequest;
use crate::llm::blocks::OpenBlocks;
use crate::llm::partial_call::PartialCall;
use crate::llm::{ModelFault, pump};
use crate::net::SseEvent;

use super::request::REDACTED;
use hosted::HostedCalls;
use usage::AnthropicUsage;

#[derive(Default)]
pub(super) struct AnthropicParser {
    blocks: OpenBlocks,
    /// What Anthropic is in the middle of saying, by its own numbers.
    open: BTreeMap<usize, Open>,
    hosted: HostedCalls,
    stop: Option<StopReason>,
    sequence: Option<String>,
    counts: AnthropicUsage,
    done: bool,
}

enum Open {
    Text,
    Thinking,
    /// The call, and the block that began it.
    Call(PartialCall, Value),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Started,
    },
    ContentBlockStart {
        index: usize,
        content_block: Value,
    },
    ContentBlockDelta {
        index: usize,
        delta: Delta,
    },
    ContentBlockStop {
        index: usize,
    },
    MessageDelta {
        delta: Ending,
        #[serde(default)]
        usage: AnthropicUsage,
    },
    MessageStop,
    Error {
        error: Fault,
    },
    /// `ping`, and whatever will be invented.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Started {
    #[serde(default)]
    usage: AnthropicUsage,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: String },
    #[serde(rename = "signature_delta")]
    Signature { signature: String },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: String },
    #[serde(rename = "citations_delta")]
    Citations { citation: Value },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Ending {
    stop_reason: Option<String>,
    stop_sequence: Option<String>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(rename = "type", default)]
    kind: String,
}

impl AnthropicParser {
    /// Of a step that goes on where the last one paused, maybe in the middle of tools that Anthropic runs.
    pub(super) fn after(request: &ModelRequest) -> Self {
        Self { hosted: HostedCalls::after(request), ..Self::default() }
    }
}

impl pump::Parser for AnthropicParser {
    type Frame = SseEvent;

    fn is_done(&self) -> bool {
        self.done
    }

    fn on_event(&mut self, event: SseEvent, out: &mut Vec<ModelEvent>) -> Result<()> {
        match serde_json::from_str(&event.data).map_err(ModelFault::garbled)? {
            Event::MessageStart { message } => self.counts.update(message.usage),
            Event::ContentBlockStart { index, content_block } => self.on_start(index, content_block, out),
            Event::ContentBlockDelta { index, delta } => self.on_delta(index, delta, out)?,
            Event::ContentBlockStop { index } => self.on_stop(index, out),
            Event::MessageDelta { delta, usage } => {
                self.stop = delta.stop_reason.as_deref().map(stop_reason).or(self.stop);
                self.sequence = delta.stop_sequence.or(self.sequence.take());
                self.counts.update(usage);
            }
            Event::MessageStop => self.finish(out),
            Event::Error { error } => return Err(ModelFault::reported(&error.kind)),
            Event::Other => {}
        }
        Ok(())
    }

    /// Only `message_stop` says that an answer is whole, and then it is done.
    fn on_end(&mut self, _: &mut Vec<ModelEvent>) -> Result<()> {
        Err(ModelFault::CutOff.into())
    }
}

impl AnthropicParser {
    fn on_start(&mut self, index: usize, block: Value, out: &mut Vec<ModelEvent>) {
        match block["type"].as_str().unwrap_or_default() {
            "text" => {
                self.open.insert(index, Open::Text);
                self.blocks.say(TextKind::Answer, word(&block, "text"), out);
                block["citations"].as_array().into_iter().flatten().for_each(|one| out.extend(citation::cited(one)));
            }
            "thinking" => {
                self.blocks.end(out);
                self.open.insert(index, Open::Thinking);
                self.blocks.say(TextKind::Reasoning, word(&block, "thinking"), out);
            }
            "redacted_thinking" => {
                self.blocks.sign(format!("{REDACTED}{}", word(&block, "data")), out);
                self.blocks.end(out);
            }
            "tool_use" => self.on_call(index, block, Runner::Us, out),
            "server_tool_use" | "mcp_tool_use" => self.on_call(index, block, Runner::Provider, out),
            _ if block["tool_use_id"].is_string() => self.hosted.ran(&block, out),
            _ => {}
        }
    }

    fn on_call(&mut self, index: usize, block: Value, runner: Runner, out: &mut Vec<ModelEvent>) {
        self.blocks.end(out);
        let call = PartialCall::start(word(&block, "id"), word(&block, "name"), runner, out);
        self.open.insert(index, Open::Call(call, block));
    }

    fn on_delta(&mut self, index: usize, delta: Delta, out: &mut Vec<ModelEvent>) -> Result<()> {
        match (self.open.get_mut(&index), delta) {
            (Some(Open::Text), Delta::Text { text }) => self.blocks.say(TextKind::Answer, &text, out),
            (Some(Open::Text), Delta::Citations { citation }) => out.extend(citation::cited(&citation)),
            (Some(Open::Thinking), Delta::Thinking { thinking }) => {
                self.blocks.say(TextKind::Reasoning, &thinking, out);
            }
            (Some(Open::Thinking), Delta::Signature { signature }) => self.blocks.sign(signature, out),
            (Some(Open::Call(call, _)), Delta::InputJson { partial_json }) => call.add(&partial_json, out)?,
            // Of a block that we do not know, or of a kind that we do not know.
            _ => {}
        }
        Ok(())
    }

    fn on_stop(&mut self, index: usize, out: &mut Vec<ModelEvent>) {
        match self.open.remove(&index) {
            Some(Open::Thinking) => self.blocks.end(out),
            Some(Open::Call(call, block)) => self.on_called(call, block, out),
            // An answer with citations comes in many blocks; to a reader they are one.
            Some(Open::Text) | None => {}
        }
    }

    fn on_called(&mut self, mut call: PartialCall, mut block: Value, out: &mut Vec<ModelEvent>) {
        let at_once = &block["input"];
        if call.is_silent() && at_once.as_object().is_some_and(|input| !input.is_empty()) {
            // Cannot be too long: it was one event.
            let _ = call.add(&at_once.to_string(), out);
        }
        if block["type"] == "tool_use" {
            call.call(None, out);
        } else {
            block["input"] = call.arguments();
            self.hosted.called(call, block);
        }
    }

    fn finish(&mut self, out: &mut Vec<ModelEvent>) {
        let open: Vec<_> = self.open.keys().copied().collect();
        for index in open {
            self.on_stop(index, out);
        }
        self.blocks.end(out);
        let stop = self.stop.unwrap_or(StopReason::Other);
        self.hosted.end(stop == StopReason::Unfinished, out);
        out.extend(self.sequence.take().map(|sequence| ModelEvent::Stopped { sequence }));
        out.push(ModelEvent::StepEnded { stop, usage: self.counts.usage() });
        self.done = true;
    }
}

fn word<'a>(block: &'a Value, name: &str) -> &'a str {
    block[name].as_str().unwrap_or_default()
}

fn stop_reason(text: &str) -> StopReason {
    match text {
        "end_turn" | "stop_sequence" => StopReason::Finished,
        "max_tokens" | "model_context_window_exceeded" => StopReason::Length,
        "tool_use" => StopReason::ToolCalls,
        "refusal" => StopReason::Refused,
        "pause_turn" => StopReason::Unfinished,
        _ => StopReason::Other,
    }
}

#[cfg(test)]
mod tests;
