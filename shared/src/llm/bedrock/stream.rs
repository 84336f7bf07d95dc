//! The SDK's events as ours; no clock, no socket.

use std::collections::BTreeMap;

use aws_sdk_bedrockruntime::types::{
    CitationLocation, CitationsDelta, ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStart,
    ContentBlockStartEvent, ConverseStreamOutput, ReasoningContentBlockDelta, StopReason as Stop, TokenUsage,
    ToolResultBlockDelta, ToolResultBlockStart, ToolResultStatus, ToolUseType,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::domain::{CallId, Citation, ModelEvent, Runner, StopReason, TextKind, ToolOutcome, Usage};
use crate::error::Result;
use crate::llm::blocks::OpenBlocks;
use crate::llm::partial_call::PartialCall;
use crate::llm::{ModelFault, pump};

use super::document;
use super::request::REDACTED;

#[derive(Default)]
pub(super) struct BedrockParser {
    blocks: OpenBlocks,
    calls: BTreeMap<i32, PartialCall>,
    /// Results of tools that Bedrock runs itself.
    results: BTreeMap<i32, (CallId, ToolOutcome)>,
    /// A signature may come in pieces.
    signature: String,
    stop: Option<StopReason>,
    usage: Usage,
    done: bool,
}

impl pump::Parser for BedrockParser {
    type Frame = ConverseStreamOutput;

    fn is_done(&self) -> bool {
        self.done
    }

    fn on_event(&mut self, event: ConverseStreamOutput, out: &mut Vec<ModelEvent>) -> Result<()> {
        match event {
            ConverseStreamOutput::ContentBlockStart(start) => self.on_start(start, out),
            ConverseStreamOutput::ContentBlockDelta(delta) => self.on_delta(delta, out)?,
            ConverseStreamOutput::ContentBlockStop(stop) => self.on_stop(stop.content_block_index, out),
            ConverseStreamOutput::MessageStop(message) => self.stop = Some(stop_reason(&message.stop_reason)?),
            ConverseStreamOutput::Metadata(metadata) => {
                self.usage = metadata.usage.as_ref().map(usage).unwrap_or_default();
                // It comes last, and only its usage is missing without it.
                return if self.stop.is_some() { self.on_end(out) } else { Ok(()) };
            }
            _ => {}
        }
        Ok(())
    }

    /// The answer is whole if the model has said why it stopped.
    fn on_end(&mut self, out: &mut Vec<ModelEvent>) -> Result<()> {
        let stop = self.stop.ok_or(ModelFault::CutOff)?;
        self.blocks.end(out);
        out.push(ModelEvent::StepEnded { stop, usage: self.usage });
        self.done = true;
        Ok(())
    }
}

impl BedrockParser {
    fn on_start(&mut self, event: ContentBlockStartEvent, out: &mut Vec<ModelEvent>) {
        self.blocks.end(out);
        match event.start {
            Some(ContentBlockStart::ToolUse(tool)) => {
                let theirs = tool.r#type == Some(ToolUseType::ServerToolUse);
                let runner = if theirs { Runner::Provider } else { Runner::Us };
                let call = PartialCall::start(&tool.tool_use_id, &tool.name, runner, out);
                self.calls.insert(event.content_block_index, call);
            }
            Some(ContentBlockStart::ToolResult(ToolResultBlockStart { tool_use_id, status, .. })) => {
                let is_error = status == Some(ToolResultStatus::Error);
                let result = (CallId::from_provider(&tool_use_id), ToolOutcome { content: String::new(), is_error });
                self.results.insert(event.content_block_index, result);
            }
            _ => {}
        }
    }

    fn on_delta(&mut self, event: ContentBlockDeltaEvent, out: &mut Vec<ModelEvent>) -> Result<()> {
        let at = event.content_block_index;
        match event.delta {
            Some(ContentBlockDelta::Text(text)) => self.blocks.say(TextKind::Answer, &text, out),
            Some(ContentBlockDelta::ReasoningContent(delta)) => self.on_reasoning(delta, out),
            Some(ContentBlockDelta::ToolUse(delta)) => {
                return self.calls.get_mut(&at).map_or(Ok(()), |call| call.add(&delta.input, out));
            }
            Some(ContentBlockDelta::ToolResult(deltas)) => {
                if let Some((_, outcome)) = self.results.get_mut(&at) {
                    outcome.content.extend(deltas.iter().filter_map(found));
                }
            }
            Some(ContentBlockDelta::Citation(cited)) => {
                out.extend(citation(cited).map(|citation| ModelEvent::Cited { citation }));
            }
            _ => {}
        }
        Ok(())
    }

    fn on_reasoning(&mut self, delta: ReasoningContentBlockDelta, out: &mut Vec<ModelEvent>) {
        match delta {
            ReasoningContentBlockDelta::Text(text) => self.blocks.say(TextKind::Reasoning, &text, out),
            ReasoningContentBlockDelta::Signature(signature) => self.signature.push_str(&signature),
            ReasoningContentBlockDelta::RedactedContent(secret) => {
                self.signature = format!("{REDACTED}{}", BASE64_STANDARD.encode(secret));
            }
            _ => {}
        }
    }

    fn on_stop(&mut self, at: i32, out: &mut Vec<ModelEvent>) {
        if !self.signature.is_empty() {
            self.blocks.sign(std::mem::take(&mut self.signature), out);
        }
        self.blocks.end(out);
        if let Some(call) = self.calls.remove(&at) {
            call.call(None, out);
        }
        if let Some((call, outcome)) = self.results.remove(&at) {
            out.push(ModelEvent::ToolRan { call, outcome });
        }
    }
}

fn found(delta: &ToolResultBlockDelta) -> Option<String> {
    match delta {
        ToolResultBlockDelta::Text(text) => Some(text.clone()),
        ToolResultBlockDelta::Json(found) => Some(document::json(found).to_string()),
        _ => None,
    }
}

fn citation(delta: CitationsDelta) -> Option<Citation> {
    let quotes = delta.source_content.unwrap_or_default();
    let quote = quotes.into_iter().filter_map(|content| content.text).collect::<String>();
    let url = match delta.location {
        Some(CitationLocation::Web(place)) => place.url,
        _ => None,
    };
    let quote = Some(quote).filter(|quote| !quote.is_empty());
    let cited = Citation { url, title: delta.title, file: delta.source, quote };
    (cited != Citation::default()).then_some(cited)
}

fn stop_reason(stop: &Stop) -> Result<StopReason> {
    Ok(match stop {
        Stop::EndTurn | Stop::StopSequence => StopReason::Finished,
        Stop::MaxTokens | Stop::ModelContextWindowExceeded => StopReason::Length,
        Stop::ToolUse => StopReason::ToolCalls,
        Stop::ContentFiltered | Stop::GuardrailIntervened => StopReason::Refused,
        Stop::MalformedModelOutput | Stop::MalformedToolUse => {
            return Err(ModelFault::Failed.because(format!("stop reason {}", stop.as_str())));
        }
        _ => StopReason::Other,
    })
}

/// `inputTokens` are those that no cache had anything to do with.
fn usage(usage: &TokenUsage) -> Usage {
    let count = |count: Option<i32>| count.and_then(|count| u64::try_from(count).ok());
    let (read, written) = (count(usage.cache_read_input_tokens), count(usage.cache_write_input_tokens));
    let input = count(Some(usage.input_tokens)).map(|new| new + read.unwrap_or(0) + written.unwrap_or(0));
    Usage {
        input_tokens: input,
        cached_tokens: read,
        output_tokens: count(Some(usage.output_tokens)),
        reasoning_tokens: None,
        estimated: false,
    }
}
