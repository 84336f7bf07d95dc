//! Vercel AI SDK "UI message stream": JSON parts on SSE `data:` lines, closed by `[DONE]`.
//!
//! Old majors of the SDK refuse unknown keys and `null`s, so a part holds exactly what all of them know
//! (<https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol>).

use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    CallId, Ending, Entry, MessageId, ModelEvent, Need, Runner, TextKind, ToolOutcome, TurnEvent, Wait,
};

mod request;

pub use request::{Chat, ChatBody};

use super::calls::CallNames;
use super::{Encoder, Frame, cut_short};

#[derive(Default)]
pub(super) struct Ui {
    in_step: bool,
    calls: CallNames,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Part<'a> {
    Start {
        message_id: &'a MessageId,
    },
    StartStep,
    TextStart {
        id: String,
    },
    TextDelta {
        id: String,
        delta: &'a str,
    },
    TextEnd {
        id: String,
    },
    ReasoningStart {
        id: String,
    },
    ReasoningDelta {
        id: String,
        delta: &'a str,
    },
    ReasoningEnd {
        id: String,
    },
    ToolInputStart {
        tool_call_id: String,
        tool_name: &'a str,
    },
    ToolInputDelta {
        tool_call_id: String,
        input_text_delta: &'a str,
    },
    ToolInputAvailable {
        tool_call_id: String,
        tool_name: &'a str,
        input: &'a Value,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        provider_executed: bool,
    },
    SourceUrl {
        source_id: &'a str,
        url: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
    },
    ToolOutputAvailable {
        tool_call_id: String,
        output: &'a str,
    },
    ToolOutputError {
        tool_call_id: String,
        error_text: &'a str,
    },
    /// Since version 6 of the SDK.
    ToolApprovalRequest {
        approval_id: String,
        tool_call_id: String,
    },
    FinishStep,
    Finish,
    Abort,
    Error {
        error_text: &'a str,
    },
}

impl Encoder for Ui {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        match &entry.event {
            TurnEvent::Started { turn, message, .. } => {
                self.calls = CallNames::of(turn);
                push(&Part::Start { message_id: message }, out);
            }
            TurnEvent::StepStarted => self.start_step(out),
            TurnEvent::Model(event) => self.model(event, out),
            TurnEvent::ToolReturned { call, outcome } => push(&self.tool_output(call, outcome), out),
            // The last event says what a turn waits for, or it was answered already; what it costs, elsewhere.
            TurnEvent::Paused { .. }
            | TurnEvent::Allowed { .. }
            | TurnEvent::ModelAsked { .. }
            | TurnEvent::FirstHeard { .. } => {}
            TurnEvent::Waiting { waits } => self.wait(waits, out),
            TurnEvent::Ended(ending) => self.end(ending, out),
        }
    }
}

impl Ui {
    /// A step ends when the next one starts, so that a tool's output still belongs to the step that called it.
    fn start_step(&mut self, out: &mut Vec<Frame>) {
        if std::mem::replace(&mut self.in_step, true) {
            push(&Part::FinishStep, out);
        }
        push(&Part::StartStep, out);
    }

    /// A call that needs an outcome has been told already: the client runs it when the stream has finished.
    fn wait(&mut self, waits: &[Wait], out: &mut Vec<Frame>) {
        for Wait { call, .. } in waits.iter().filter(|wait| wait.need == Need::Approval) {
            push(
                &Part::ToolApprovalRequest { approval_id: self.calls.reference(call), tool_call_id: call.to_string() },
                out,
            );
        }
        if std::mem::take(&mut self.in_step) {
            push(&Part::FinishStep, out);
        }
        push(&Part::Finish, out);
        out.push(Frame::Event { name: None, data: "[DONE]".to_owned() });
    }

    fn end(&mut self, ending: &Ending, out: &mut Vec<Frame>) {
        if std::mem::take(&mut self.in_step) {
            push(&Part::FinishStep, out);
        }
        match (ending, cut_short(ending)) {
            (Ending::Cancelled, _) => push(&Part::Abort, out),
            (_, Some(error_text)) => push(&Part::Error { error_text }, out),
            (_, None) => push(&Part::Finish, out),
        }
        out.push(Frame::Event { name: None, data: "[DONE]".to_owned() });
    }

    fn model(&mut self, event: &ModelEvent, out: &mut Vec<Frame>) {
        if let ModelEvent::ToolStarted { call, runner, .. } = event {
            self.calls.start(call, *runner);
        }
        self.model_part(event).iter().for_each(|part| push(part, out));
    }

    fn model_part<'a>(&self, event: &'a ModelEvent) -> Option<Part<'a>> {
        use ModelEvent as M;
        use TextKind::{Answer, Reasoning};
        Some(match event {
            M::TextStarted { block, kind: Answer } => Part::TextStart { id: block.to_string() },
            M::TextStarted { block, kind: Reasoning } => Part::ReasoningStart { id: block.to_string() },
            M::TextDelta { block, kind: Answer, text } => Part::TextDelta { id: block.to_string(), delta: text },
            M::TextDelta { block, kind: Reasoning, text } => {
                Part::ReasoningDelta { id: block.to_string(), delta: text }
            }
            M::TextEnded { block, kind: Answer } => Part::TextEnd { id: block.to_string() },
            M::TextEnded { block, kind: Reasoning } => Part::ReasoningEnd { id: block.to_string() },
            M::ToolStarted { call, name, .. } => {
                Part::ToolInputStart { tool_call_id: self.calls.name(call), tool_name: name }
            }
            M::ToolArguments { call, delta } => {
                Part::ToolInputDelta { tool_call_id: self.calls.name(call), input_text_delta: delta }
            }
            M::ToolCalled { call } => Part::ToolInputAvailable {
                tool_call_id: self.calls.name(&call.id),
                tool_name: &call.name,
                input: &call.arguments,
                provider_executed: call.runner == Runner::Provider,
            },
            M::ToolRan { call, outcome } => self.tool_output(call, outcome),
            M::Cited { citation } => {
                let url = citation.url.as_deref()?;
                Part::SourceUrl { source_id: url, url, title: citation.title.as_deref() }
            }
            M::Answered { .. }
            | M::ApprovalRequested { .. }
            | M::ReasoningSigned { .. }
            | M::CallSigned { .. }
            | M::Stopped { .. }
            | M::StepEnded { .. } => return None,
        })
    }

    fn tool_output<'a>(&self, call: &CallId, outcome: &'a ToolOutcome) -> Part<'a> {
        let ToolOutcome { content, is_error } = outcome;
        let tool_call_id = self.calls.name(call);
        if *is_error {
            Part::ToolOutputError { tool_call_id, error_text: content }
        } else {
            Part::ToolOutputAvailable { tool_call_id, output: content }
        }
    }
}

fn push(part: &Part<'_>, out: &mut Vec<Frame>) {
    // A part of strings and JSON always has a JSON form.
    let data = serde_json::to_string(part).unwrap_or_default();
    out.push(Frame::Event { name: None, data });
}
