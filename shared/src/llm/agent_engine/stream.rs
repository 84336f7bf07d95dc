//! The engine's events (ADK's) as ours; no clock, no socket, so a recording can drive it.
//! <https://google.github.io/adk-docs/events/>

mod step;

use serde_json::Value;

use crate::domain::{ModelEvent, StopReason, TextKind, Usage};
use crate::error::Result;
use crate::llm::blocks::OpenBlocks;
use crate::llm::{ModelFault, pump};
use crate::net::SseEvent;

use step::{EngineCalls, get};

#[derive(Default)]
pub(super) struct AgentEngineParser {
    blocks: OpenBlocks,
    calls: EngineCalls,
    /// What partial events have said that the whole one will say again.
    said: [String; 2],
    usage: Usage,
    stop: Option<StopReason>,
    whole: bool,
}

/// Several agents may answer, one after the other: it is over when the engine hangs up.
impl pump::Parser for AgentEngineParser {
    type Frame = SseEvent;

    fn on_event(&mut self, event: SseEvent, out: &mut Vec<ModelEvent>) -> Result<()> {
        let event: Value = serde_json::from_str(&event.data).map_err(ModelFault::garbled)?;
        if !event.is_object() {
            return Err(ModelFault::garbled("an event that is no object"));
        }
        in_band(&event)?;
        self.hear(&event, out)
    }

    /// No event says that the answer is whole; that an agent has answered does, once its engine hangs up in peace.
    fn on_end(&mut self, out: &mut Vec<ModelEvent>) -> Result<()> {
        if !self.whole {
            return Err(ModelFault::CutOff.into());
        }
        self.blocks.end(out);
        let stop = self.stop.unwrap_or(StopReason::Finished);
        out.push(ModelEvent::StepEnded { stop, usage: self.usage });
        Ok(())
    }

    /// Then another agent may have been about to speak.
    fn on_break(&mut self, _: &mut Vec<ModelEvent>) -> Result<()> {
        Err(ModelFault::CutOff.into())
    }
}

impl AgentEngineParser {
    fn hear(&mut self, event: &Value, out: &mut Vec<ModelEvent>) -> Result<()> {
        let stop = stop(event)?;
        let parts = get(event, "content")["parts"].as_array().map_or(&[][..], Vec::as_slice);
        if event["partial"] == true {
            self.whole = false;
            for part in parts {
                if let Some((kind, text)) = text(part) {
                    self.said[kind as usize].push_str(text);
                    self.blocks.say(kind, text, out);
                }
            }
            return Ok(());
        }
        self.hear_whole(event, parts, out);
        if stop.is_some() {
            (self.stop, self.whole) = (stop, true);
        } else if !parts.is_empty() {
            (self.stop, self.whole) = (None, is_answer(event, parts));
        }
        Ok(())
    }

    fn hear_whole(&mut self, event: &Value, parts: &[Value], out: &mut Vec<ModelEvent>) {
        for part in parts {
            if let Some((kind, text)) = text(part) {
                let text = unsaid(&mut self.said[kind as usize], text);
                self.blocks.say(kind, text, out);
            } else if step::is_one(part) {
                self.blocks.end(out);
                self.calls.hear(part, out);
            }
        }
        self.said = Default::default();
        step::cite(event, out);
        self.blocks.end(out);
        self.usage = self.usage.plus(step::usage(get(event, "usage_metadata")));
    }
}

fn text(part: &Value) -> Option<(TextKind, &str)> {
    let kind = if part["thought"] == true { TextKind::Reasoning } else { TextKind::Answer };
    part["text"].as_str().map(|text| (kind, text))
}

/// A whole event repeats what its partial ones have said; `said` is what of that is still to come.
fn unsaid<'a>(said: &mut String, text: &'a str) -> &'a str {
    if let Some(rest) = said.strip_prefix(text) {
        *said = rest.to_owned();
        return "";
    }
    match text.strip_prefix(said.as_str()) {
        Some(rest) => {
            said.clear();
            rest
        }
        None => text,
    }
}

/// As ADK's `is_final_response` has it: nothing of this event wants the agent to go on.
fn is_answer(event: &Value, parts: &[Value]) -> bool {
    let waits = get(event, "long_running_tool_ids").as_array().is_some_and(|ids| !ids.is_empty());
    let skips = *get(get(event, "actions"), "skip_summarization") == true;
    waits || skips || !step::goes_on(parts)
}

/// The model behind the agent may have stopped before its end, or failed.
fn stop(event: &Value) -> Result<Option<StopReason>> {
    let Some(code) = get(event, "error_code").as_str() else { return Ok(None) };
    match code {
        "STOP" => Ok(None),
        "MAX_TOKENS" => Ok(Some(StopReason::Length)),
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" | "MODEL_ARMOR" => {
            Ok(Some(StopReason::Refused))
        }
        code => Err(ModelFault::reported(code)),
    }
}

/// The reply has begun, so an error comes as one more line: `{"code": 498, "message": …}`, also within `error`.
fn in_band(event: &Value) -> Result<()> {
    let error = if event["error"].is_null() { event } else { &event["error"] };
    let bare = error["code"].is_number() && event["content"].is_null();
    if bare || !event["error"].is_null() {
        let code = error["code"].as_u64().unwrap_or(0);
        return Err(ModelFault::reported(&code.to_string()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
