//! Gemini's stream as our events (ai.google.dev/api/generate-content); no clock, no socket.

mod grounding;
mod usage;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::{CallId, Citation, ModelEvent, Runner, StopReason, TextKind, ToolCall, ToolOutcome};
use crate::error::Result;
use crate::llm::blocks::OpenBlocks;
use crate::llm::{ModelFault, pump};
use crate::net::SseEvent;

use super::request::MADE;
use grounding::Grounding;
use usage::GeminiUsage;

pub(super) struct GeminiParser {
    blocks: OpenBlocks,
    /// How many ids have been made.
    made: usize,
    /// Called when all is said: the signature of a call may come behind it.
    calls: Vec<ToolCall>,
    /// Code that Gemini is running.
    code: Option<(CallId, Value)>,
    cited: Vec<Citation>,
    stop: Option<StopReason>,
    counts: GeminiUsage,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Chunk {
    candidates: Vec<Candidate>,
    prompt_feedback: Option<PromptFeedback>,
    usage_metadata: Option<GeminiUsage>,
    error: Option<Fault>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
    grounding_metadata: Option<Grounding>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Content {
    parts: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Part {
    text: Option<String>,
    thought: bool,
    thought_signature: Option<String>,
    function_call: Option<FunctionCall>,
    executable_code: Option<ExecutableCode>,
    code_execution_result: Option<CodeExecutionResult>,
}

#[derive(Deserialize)]
struct FunctionCall {
    id: Option<String>,
    name: String,
    args: Option<Value>,
}

#[derive(Deserialize)]
struct ExecutableCode {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct CodeExecutionResult {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    output: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    status: String,
}

impl GeminiParser {
    /// For a step that comes after so many calls: Gemini need not name its calls, and no two may be called the same.
    pub(super) fn after(calls: usize) -> Self {
        Self {
            blocks: OpenBlocks::default(),
            made: calls,
            calls: Vec::new(),
            code: None,
            cited: Vec::new(),
            stop: None,
            counts: GeminiUsage::default(),
        }
    }
}

impl pump::Parser for GeminiParser {
    type Frame = SseEvent;

    fn on_event(&mut self, event: SseEvent, out: &mut Vec<ModelEvent>) -> Result<()> {
        let chunk: Chunk = serde_json::from_str(&event.data).map_err(ModelFault::garbled)?;
        if let Some(fault) = chunk.error {
            return Err(ModelFault::reported(&fault.status));
        }
        if let Some(counts) = chunk.usage_metadata {
            self.counts = counts;
        }
        if chunk.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
            self.stop = Some(StopReason::Refused);
        }
        // Only one candidate is asked for.
        chunk.candidates.into_iter().next().map_or(Ok(()), |candidate| self.on_candidate(candidate, out))
    }

    /// The answer is whole if the provider gave a reason for its end. Some send one with every piece, so that only the
    /// end of the bytes is the end.
    fn on_end(&mut self, out: &mut Vec<ModelEvent>) -> Result<()> {
        let stop = match self.stop.ok_or(ModelFault::CutOff)? {
            StopReason::Finished if !self.calls.is_empty() => StopReason::ToolCalls,
            stop => stop,
        };
        self.blocks.end(out);
        out.extend(self.calls.drain(..).map(|call| ModelEvent::ToolCalled { call }));
        out.push(ModelEvent::StepEnded { stop, usage: self.counts.usage() });
        Ok(())
    }
}

impl GeminiParser {
    fn on_candidate(&mut self, candidate: Candidate, out: &mut Vec<ModelEvent>) -> Result<()> {
        let parts = candidate.content.unwrap_or_default().parts;
        parts.into_iter().try_for_each(|part| self.on_part(part, out))?;
        for citation in candidate.grounding_metadata.into_iter().flat_map(Grounding::citations) {
            self.cite(citation, out);
        }
        if let Some(reason) = candidate.finish_reason {
            self.stop = Some(stop_reason(&reason)?);
        }
        Ok(())
    }

    fn on_part(&mut self, raw: Value, out: &mut Vec<ModelEvent>) -> Result<()> {
        let part = Part::deserialize(&raw).map_err(ModelFault::garbled)?;
        let Part { text, thought, thought_signature: signature, .. } = part;
        if let Some(call) = part.function_call {
            self.on_call(call, signature, out);
        } else if let Some(code) = part.executable_code {
            self.on_code(&code, raw, out);
        } else if let Some(result) = part.code_execution_result {
            self.on_code_result(result, &raw, out);
        } else if thought {
            self.blocks.say(TextKind::Reasoning, &text.unwrap_or_default(), out);
            if let Some(signature) = signature {
                self.blocks.sign(signature, out);
            }
        } else {
            self.blocks.say(TextKind::Answer, &text.unwrap_or_default(), out);
            self.sign_call(signature);
        }
        Ok(())
    }

    fn on_call(&mut self, call: FunctionCall, signature: Option<String>, out: &mut Vec<ModelEvent>) {
        let arguments = call.args.filter(|args| !args.is_null()).unwrap_or_else(|| json!({}));
        let id = call.id.filter(|id| !id.is_empty()).map(|id| CallId::from_provider(&id));
        let id = id.unwrap_or_else(|| self.make_id());
        self.begin_call(&id, &call.name, Runner::Us, arguments.to_string(), out);
        self.calls.push(ToolCall { signature, ..ToolCall::new(id, call.name, arguments) });
    }

    fn begin_call(&mut self, id: &CallId, name: &str, runner: Runner, arguments: String, out: &mut Vec<ModelEvent>) {
        self.blocks.end(out);
        out.push(ModelEvent::ToolStarted { call: id.clone(), name: name.to_owned(), runner });
        out.push(ModelEvent::ToolArguments { call: id.clone(), delta: arguments });
    }

    fn make_id(&mut self) -> CallId {
        self.made += 1;
        CallId::from_provider(&format!("{MADE}{}", self.made))
    }

    /// Where a signature comes in a piece of its own behind a call, it is that of the first one.
    fn sign_call(&mut self, signature: Option<String>) {
        if let Some(first) = self.calls.first_mut() {
            first.signature = first.signature.take().or(signature);
        }
    }

    fn on_code(&mut self, code: &ExecutableCode, raw: Value, out: &mut Vec<ModelEvent>) {
        let id = self.make_id();
        self.begin_call(&id, CODE, Runner::Provider, json!({ "code": code.code }).to_string(), out);
        self.code = Some((id, raw));
    }

    /// Code and result go back together, as they came: that is the signature.
    fn on_code_result(&mut self, result: CodeExecutionResult, raw: &Value, out: &mut Vec<ModelEvent>) {
        let Some((id, code)) = self.code.take() else { return };
        let arguments = json!({ "code": code["executableCode"]["code"] });
        let signature = Some(json!([code, raw]).to_string());
        let call = ToolCall { id: id.clone(), name: CODE.to_owned(), arguments, runner: Runner::Provider, signature };
        out.push(ModelEvent::ToolCalled { call });
        let outcome = ToolOutcome { content: result.output, is_error: result.outcome != "OUTCOME_OK" };
        out.push(ModelEvent::ToolRan { call: id, outcome });
    }

    /// What an answer leans on comes again with every piece.
    fn cite(&mut self, citation: Citation, out: &mut Vec<ModelEvent>) {
        if !self.cited.contains(&citation) {
            self.cited.push(citation.clone());
            out.push(ModelEvent::Cited { citation });
        }
    }
}

/// What we call the tool that runs Gemini's code.
const CODE: &str = "code_execution";

fn stop_reason(text: &str) -> Result<StopReason> {
    match text {
        "STOP" => Ok(StopReason::Finished),
        "MAX_TOKENS" => Ok(StopReason::Length),
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "LANGUAGE"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => Ok(StopReason::Refused),
        // The model wanted to call a tool and could not write the call down: asked again it mostly can.
        "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "MALFORMED_RESPONSE" => Ok(StopReason::Unfinished),
        "TOO_MANY_TOOL_CALLS" | "MISSING_THOUGHT_SIGNATURE" => Err(ModelFault::reported(text)),
        _ => Ok(StopReason::Other),
    }
}

#[cfg(test)]
mod tests;
