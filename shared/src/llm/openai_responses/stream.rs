//! The provider's stream as our events; no clock, no socket, so a recording can drive it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{CallId, ModelEvent, Runner, StopReason, TextKind, Usage};
use crate::error::{Error, Result};
use crate::llm::blocks::OpenBlocks;
use crate::llm::partial_call::PartialCall;
use crate::llm::{ModelFault, pump};
use crate::net::SseEvent;

use super::item;

#[derive(Default)]
pub(super) struct ResponsesParser {
    blocks: OpenBlocks,
    /// By the place of their item in the output.
    calls: BTreeMap<u64, PartialCall>,
    /// For approvals.
    asked: Vec<CallId>,
    asks_us: bool,
    refused: bool,
    done: bool,
}

/// One shape for all events: each has a few of these fields, and those that we do not know may hold anything.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    output_index: Value,
    summary_index: Value,
    delta: Value,
    item: Value,
    annotation: Value,
    response: Value,
    code: Value,
    error: Value,
}

impl pump::Parser for ResponsesParser {
    type Frame = SseEvent;

    fn is_done(&self) -> bool {
        self.done
    }

    fn on_event(&mut self, event: SseEvent, out: &mut Vec<ModelEvent>) -> Result<()> {
        if event.data.trim() == "[DONE]" {
            return Ok(());
        }
        let said: Said = serde_json::from_str(&event.data).map_err(ModelFault::garbled)?;
        if !said.error.is_null() {
            return Err(failed(&said.error["code"]));
        }
        let (at, delta) = (said.output_index.as_u64().unwrap_or(0), said.delta.as_str().unwrap_or_default());
        match said.kind.as_str() {
            "response.output_item.added" => self.on_added(at, &said.item, out),
            "response.output_item.done" => self.on_done(at, &said.item, out)?,
            "response.output_text.delta" => self.blocks.say(TextKind::Answer, delta, out),
            "response.refusal.delta" => {
                self.refused = true;
                self.blocks.say(TextKind::Answer, delta, out);
            }
            "response.reasoning_summary_part.added" if said.summary_index.as_u64() > Some(0) => {
                self.blocks.say(TextKind::Reasoning, "\n\n", out);
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                self.blocks.say(TextKind::Reasoning, delta, out);
            }
            "response.function_call_arguments.delta" | "response.mcp_call_arguments.delta" => {
                self.calls.get_mut(&at).map_or(Ok(()), |call| call.add(delta, out))?;
            }
            "response.code_interpreter_call_code.delta" => self.on_code(at, delta, out)?,
            "response.output_text.annotation.added" => {
                out.extend(item::citation(&said.annotation).map(|citation| ModelEvent::Cited { citation }));
            }
            "response.completed" => {
                // Some servers tell of it nowhere else.
                for (at, item) in (0..).zip(said.response["output"].as_array().into_iter().flatten()) {
                    if item["type"] == item::APPROVAL_REQUEST {
                        self.on_approval_request(at, item, out)?;
                    }
                }
                self.on_whole(None, &said.response, out);
            }
            "response.incomplete" => {
                let reason = said.response["incomplete_details"]["reason"].as_str();
                self.on_whole(Some(reason.unwrap_or_default()), &said.response, out);
            }
            "response.failed" => return Err(failed(&said.response["error"]["code"])),
            "error" => return Err(failed(&said.code)),
            _ => {}
        }
        Ok(())
    }

    /// An answer is whole when the provider has said so, and then it is done: nothing has said so yet.
    fn on_end(&mut self, _: &mut Vec<ModelEvent>) -> Result<()> {
        Err(ModelFault::CutOff.into())
    }
}

impl ResponsesParser {
    fn on_added(&mut self, at: u64, item: &Value, out: &mut Vec<ModelEvent>) {
        self.blocks.end(out);
        let word = |name: &str| item[name].as_str().filter(|word| !word.is_empty());
        let made_up = format!("call_{at}");
        if word("type") == Some("function_call") {
            let id = word("call_id").or(word("id")).unwrap_or(&made_up);
            let call = PartialCall::start(id, word("name").unwrap_or_default(), Runner::Us, out);
            self.calls.insert(at, call);
        } else if let Some(tool) = item::tool(item) {
            let id = word("id").unwrap_or(&made_up);
            self.calls.insert(at, PartialCall::start(id, tool, Runner::Provider, out));
        }
    }

    /// The code as a piece of the JSON that holds it.
    fn on_code(&mut self, at: u64, code: &str, out: &mut Vec<ModelEvent>) -> Result<()> {
        let Some(call) = self.calls.get_mut(&at) else { return Ok(()) };
        let quoted = Value::from(code).to_string();
        let inside = &quoted[1..quoted.len() - 1];
        if call.is_silent() { call.add(&format!("{{\"code\":\"{inside}"), out) } else { call.add(inside, out) }
    }

    fn on_done(&mut self, at: u64, item: &Value, out: &mut Vec<ModelEvent>) -> Result<()> {
        match item["type"].as_str() {
            Some("reasoning") if item["encrypted_content"].is_string() => {
                self.blocks.sign(item::signature(item), out);
                self.blocks.end(out);
            }
            Some("function_call") => {
                self.asks_us = true;
                self.call(at, item["arguments"].as_str().unwrap_or_default(), None, out)?;
            }
            Some(item::APPROVAL_REQUEST) => self.on_approval_request(at, item, out)?,
            _ if item::tool(item).is_some() => self.on_ran(at, item, out)?,
            _ => self.blocks.end(out),
        }
        Ok(())
    }

    fn on_ran(&mut self, at: u64, item: &Value, out: &mut Vec<ModelEvent>) -> Result<()> {
        // Those who stream their code leave its end open.
        if item["type"] == "code_interpreter_call"
            && let Some(call) = self.calls.get_mut(&at).filter(|call| !call.is_silent())
        {
            call.add("\"}", out)?;
        }
        let Some(call) = self.calls.get(&at).map(|call| call.id.clone()) else { return Ok(()) };
        self.call(at, &item::arguments(item), Some(item::signature(item)), out)?;
        out.push(ModelEvent::ToolRan { call, outcome: item::outcome(item) });
        Ok(())
    }

    /// Asks once, however often the item comes.
    fn on_approval_request(&mut self, at: u64, item: &Value, out: &mut Vec<ModelEvent>) -> Result<()> {
        let call = CallId::from_provider(item["id"].as_str().unwrap_or_default());
        if self.asked.contains(&call) {
            return Ok(());
        }
        if !self.calls.contains_key(&at) {
            self.on_added(at, item, out);
        }
        self.call(at, &item::arguments(item), Some(item::signature(item)), out)?;
        out.push(ModelEvent::ApprovalRequested { call: call.clone() });
        self.asked.push(call);
        self.asks_us = true;
        Ok(())
    }

    /// Calls; a doubled end finds no call to make any more.
    fn call(&mut self, at: u64, whole: &str, signature: Option<String>, out: &mut Vec<ModelEvent>) -> Result<()> {
        let Some(mut call) = self.calls.remove(&at) else { return Ok(()) };
        if call.is_silent() {
            call.add(whole, out)?;
        }
        call.call(signature, out);
        Ok(())
    }

    fn on_whole(&mut self, cut_by: Option<&str>, response: &Value, out: &mut Vec<ModelEvent>) {
        self.blocks.end(out);
        let stop = match cut_by {
            Some("max_output_tokens") => StopReason::Length,
            Some("content_filter") => StopReason::Refused,
            Some(_) => StopReason::Other,
            None if self.asks_us => StopReason::ToolCalls,
            None if self.refused => StopReason::Refused,
            None => StopReason::Finished,
        };
        out.push(ModelEvent::StepEnded { stop, usage: usage(&response["usage"]) });
        self.done = true;
    }
}

fn usage(usage: &Value) -> Usage {
    Usage {
        input_tokens: usage["input_tokens"].as_u64(),
        cached_tokens: usage["input_tokens_details"]["cached_tokens"].as_u64(),
        output_tokens: usage["output_tokens"].as_u64(),
        reasoning_tokens: usage["output_tokens_details"]["reasoning_tokens"].as_u64(),
        estimated: false,
    }
}

fn failed(code: &Value) -> Error {
    ModelFault::reported(code.as_str().unwrap_or("-"))
}

#[cfg(test)]
mod tests;
