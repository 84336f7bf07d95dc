//! The provider's stream as our events; no clock, no socket, so a recording can drive it.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{ModelEvent, Runner, StopReason, TextKind, Usage};
use crate::error::Result;
use crate::llm::blocks::OpenBlocks;
use crate::llm::partial_call::PartialCall;
use crate::llm::{ModelFault, pump};
use crate::net::SseEvent;

#[derive(Default)]
pub(super) struct ChatParser {
    blocks: OpenBlocks,
    calls: Vec<PartialCall>,
    stop: Option<StopReason>,
    usage: Usage,
    done: bool,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<UsageChunk>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
    /// Not OpenAI's, but what DeepSeek, vLLM and others call it.
    #[serde(alias = "reasoning")]
    reasoning_content: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<CallChunk>>,
}

#[derive(Deserialize)]
struct CallChunk {
    #[serde(default)]
    index: usize,
    id: Option<String>,
    function: Option<FunctionChunk>,
}

#[derive(Deserialize)]
struct FunctionChunk {
    name: Option<String>,
    arguments: Option<String>,
}

#[derive(Deserialize)]
struct UsageChunk {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<InputDetails>,
    completion_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize)]
struct InputDetails {
    cached_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct OutputDetails {
    reasoning_tokens: Option<u64>,
}

impl From<UsageChunk> for Usage {
    fn from(chunk: UsageChunk) -> Self {
        Self {
            input_tokens: chunk.prompt_tokens,
            cached_tokens: chunk.prompt_tokens_details.and_then(|details| details.cached_tokens),
            output_tokens: chunk.completion_tokens,
            reasoning_tokens: chunk.completion_tokens_details.and_then(|details| details.reasoning_tokens),
            estimated: false,
        }
    }
}

impl pump::Parser for ChatParser {
    type Frame = SseEvent;

    fn is_done(&self) -> bool {
        self.done
    }

    fn on_event(&mut self, event: SseEvent, out: &mut Vec<ModelEvent>) -> Result<()> {
        if event.data.trim() == "[DONE]" {
            self.stop = self.stop.or(Some(StopReason::Other));
            return self.on_end(out);
        }
        let chunk: Chunk = serde_json::from_str(&event.data).map_err(ModelFault::garbled)?;
        if chunk.error.is_some_and(|error| !error.is_null()) {
            return Err(ModelFault::Failed.into());
        }
        if let Some(usage) = chunk.usage {
            self.usage = usage.into();
        }
        // Only one choice is asked for.
        chunk.choices.into_iter().next().map_or(Ok(()), |choice| self.on_choice(choice, out))
    }

    /// The answer is whole if the provider said so, by a finish reason or by `[DONE]`; otherwise it was cut.
    fn on_end(&mut self, out: &mut Vec<ModelEvent>) -> Result<()> {
        let stop = self.stop.ok_or(ModelFault::CutOff)?;
        self.blocks.end(out);
        for call in std::mem::take(&mut self.calls) {
            call.call(None, out);
        }
        out.push(ModelEvent::StepEnded { stop, usage: self.usage });
        self.done = true;
        Ok(())
    }
}

impl ChatParser {
    fn on_choice(&mut self, choice: Choice, out: &mut Vec<ModelEvent>) -> Result<()> {
        // A doubled last event says nothing new.
        if self.stop.is_some() {
            return Ok(());
        }
        let Delta { content, refusal, reasoning_content, tool_calls } = choice.delta;
        self.blocks.say(TextKind::Reasoning, &reasoning_content.unwrap_or_default(), out);
        self.blocks.say(TextKind::Answer, &content.or(refusal).unwrap_or_default(), out);
        tool_calls.into_iter().flatten().try_for_each(|chunk| self.on_call(chunk, out))?;
        self.stop = choice.finish_reason.as_deref().map(stop_reason);
        Ok(())
    }

    fn on_call(&mut self, chunk: CallChunk, out: &mut Vec<ModelEvent>) -> Result<()> {
        let (name, arguments) = chunk.function.map_or((None, None), |function| (function.name, function.arguments));
        if chunk.index == self.calls.len() {
            self.blocks.end(out);
            let id = chunk.id.unwrap_or_else(|| format!("call_{}", chunk.index));
            self.calls.push(PartialCall::start(&id, &name.unwrap_or_default(), Runner::Us, out));
        }
        let call = self.calls.get_mut(chunk.index).ok_or_else(|| ModelFault::garbled("tool calls out of order"))?;
        call.add(&arguments.unwrap_or_default(), out)
    }
}

fn stop_reason(text: &str) -> StopReason {
    match text {
        "stop" => StopReason::Finished,
        "length" => StopReason::Length,
        "tool_calls" | "function_call" => StopReason::ToolCalls,
        "content_filter" => StopReason::Refused,
        _ => StopReason::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{CallId, ToolCall};
    use crate::llm::playback;

    fn parse(data: &[&str]) -> (Vec<ModelEvent>, Result<()>) {
        let stream: String = data.iter().map(|data| format!("data: {data}\n\n")).collect();
        playback::play(ChatParser::default(), stream.as_bytes())
    }

    fn said(events: &[ModelEvent]) -> String {
        playback::said(events, TextKind::Answer)
    }

    #[test]
    fn an_answer_with_a_finish_reason_is_whole_even_without_done() {
        let (events, result) = parse(&[
            r#"{"choices":[{"delta":{"content":"Hi"}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
        ]);
        result.unwrap();
        assert_eq!(said(&events), "Hi");
        assert!(matches!(events.last(), Some(ModelEvent::StepEnded { stop: StopReason::Finished, .. })));
    }

    #[test]
    fn an_answer_without_an_end_mark_was_cut_off() {
        let (events, result) = parse(&[r#"{"choices":[{"delta":{"content":"Hi"}}]}"#]);
        assert_eq!(said(&events), "Hi");
        assert_eq!(result.unwrap_err().code(), "model_cut_off");
    }

    #[test]
    fn a_doubled_last_event_adds_nothing() {
        let last = r#"{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#;
        let (events, result) = parse(&[last, last, "[DONE]", "[DONE]"]);
        result.unwrap();
        assert_eq!(said(&events), "Hi");
        assert_eq!(events.iter().filter(|event| matches!(event, ModelEvent::StepEnded { .. })).count(), 1);
    }

    #[test]
    fn garbage_is_an_error_and_is_not_quoted() {
        for garbage in ["<html>secret</html>", "{", r#"{"choices":"secret"}"#] {
            let error = parse(&[garbage]).1.unwrap_err();
            assert_eq!(error.code(), "model_garbled");
            assert!(!error.public().contains("secret"));
        }
    }

    #[test]
    fn an_error_inside_the_stream_is_told_without_the_providers_words() {
        let error = parse(&[r#"{"error":{"message":"key sk-123 is wrong"}}"#]).1.unwrap_err();
        assert_eq!(error.to_string(), "model_failed");
    }

    #[test]
    fn a_call_is_put_together_from_its_pieces() {
        let (events, result) = parse(&[
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"now","arguments":""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"zone\":"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"UTC\"}"}}]},"finish_reason":"tool_calls"}]}"#,
            "[DONE]",
        ]);
        result.unwrap();
        let call = ToolCall::new(CallId::from_provider("c1"), "now", json!({ "zone": "UTC" }));
        assert!(events.contains(&ModelEvent::ToolCalled { call }));
    }
}
