//! AG-UI (<https://docs.ag-ui.com/concepts/events>): a run's events, each opened before it goes on and closed before the
//! run is.
//!
//! Its clients refuse `null`s, `[DONE]`, and what stands open at the end; those before 1.0 events that they do not know,
//! an outcome other than an interrupt, and empty deltas.

mod request;

use std::fmt::Display;

use serde_json::{Value, json};

use crate::domain::{
    BlockId, CallId, Ending, Entry, Head, MessageId, ModelEvent, Need, Runner, TextKind, ToolCall, ToolOutcome,
    TurnEvent, Wait,
};

use super::calls::CallNames;
use super::{Encoder, Frame, cut_short};

pub use request::{Note, Run, RunBody, RunName};

#[derive(Default)]
pub struct Agui {
    run: Option<RunName>,
    message: Option<MessageId>,
    calls: CallNames,
    open: Vec<Open>,
    /// The message that a step's calls belong to.
    parent: Option<String>,
}

/// What has begun and not ended.
#[derive(Clone, PartialEq)]
enum Open {
    Text(BlockId, TextKind),
    /// Whether its arguments were said as they came.
    Call(CallId, bool),
}

impl Agui {
    /// A run under its client's own name; without one it is named by our ids.
    pub fn of(run: RunName) -> Self {
        Self { run: Some(run), ..Self::default() }
    }

    /// A run that is read again.
    pub(super) fn replaying(head: &Head) -> Self {
        Self { run: RunName::of(head), ..Self::default() }
    }
}

impl Encoder for Agui {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        match &entry.event {
            TurnEvent::Started { turn, session, message, .. } => {
                self.message = Some(message.clone());
                self.calls = CallNames::of(turn);
                let ours = || RunName { thread: session.to_string(), run: turn.to_string() };
                push("RUN_STARTED", self.run.get_or_insert_with(ours).fields(), out);
            }
            TurnEvent::StepStarted => self.parent = None,
            TurnEvent::Model(event) => self.model(event, out),
            TurnEvent::ToolReturned { call, outcome } => self.result(call, outcome, out),
            TurnEvent::Paused { .. }
            | TurnEvent::Allowed { .. }
            | TurnEvent::ModelAsked { .. }
            | TurnEvent::FirstHeard { .. } => {}
            TurnEvent::Waiting { waits } => self.wait(waits, out),
            TurnEvent::Ended(ending) => self.end(ending, out),
        }
    }
}

impl Agui {
    fn model(&mut self, event: &ModelEvent, out: &mut Vec<Frame>) {
        use ModelEvent as M;
        match event {
            M::TextStarted { block, kind } => self.start_text(*block, *kind, out),
            M::TextDelta { block, kind, text } if !text.is_empty() => {
                let name = match kind {
                    TextKind::Answer => "TEXT_MESSAGE_CONTENT",
                    TextKind::Reasoning => "REASONING_MESSAGE_CONTENT",
                };
                push(name, json!({ "messageId": self.message_id(block), "delta": text }), out);
            }
            M::TextEnded { block, kind } => self.close(&Open::Text(*block, *kind), out),
            M::ToolStarted { call, name, runner } => self.start_call(call, name, *runner, out),
            M::ToolArguments { call, delta } if !delta.is_empty() => self.arguments(call, delta, out),
            M::ToolCalled { call } => self.called(call, out),
            M::ToolRan { call, outcome } => self.result(call, outcome, out),
            M::Cited { citation } => push("CUSTOM", json!({ "name": "citation", "value": citation }), out),
            M::TextDelta { .. }
            | M::ToolArguments { .. }
            | M::Answered { .. }
            | M::ReasoningSigned { .. }
            | M::CallSigned { .. }
            | M::Stopped { .. }
            | M::ApprovalRequested { .. }
            | M::StepEnded { .. } => {}
        }
    }

    fn start_text(&mut self, block: BlockId, kind: TextKind, out: &mut Vec<Frame>) {
        let id = self.message_id(&block);
        self.open.push(Open::Text(block, kind));
        match kind {
            TextKind::Answer => {
                push("TEXT_MESSAGE_START", json!({ "messageId": id, "role": "assistant" }), out);
                self.parent = Some(id);
            }
            TextKind::Reasoning => {
                push("REASONING_START", json!({ "messageId": id }), out);
                push("REASONING_MESSAGE_START", json!({ "messageId": id, "role": "reasoning" }), out);
            }
        }
    }

    fn start_call(&mut self, call: &CallId, name: &str, runner: Runner, out: &mut Vec<Frame>) {
        self.calls.start(call, runner);
        self.open.push(Open::Call(call.clone(), false));
        let (id, alone) = (self.calls.name(call), self.message_id(call));
        let parent = self.parent.get_or_insert(alone);
        push("TOOL_CALL_START", json!({ "toolCallId": id, "toolCallName": name, "parentMessageId": parent }), out);
    }

    fn arguments(&mut self, call: &CallId, delta: &str, out: &mut Vec<Frame>) {
        if let Some(Open::Call(_, said)) = self.open.iter_mut().find(|open| open.is_call(call)) {
            *said = true;
        }
        push("TOOL_CALL_ARGS", json!({ "toolCallId": self.calls.name(call), "delta": delta }), out);
    }

    /// Some models say arguments in one piece only.
    fn called(&mut self, call: &ToolCall, out: &mut Vec<Frame>) {
        let Some(open) = self.open.iter().find(|open| open.is_call(&call.id)).cloned() else { return };
        if let Open::Call(_, false) = open {
            self.arguments(&call.id, &call.arguments.to_string(), out);
        }
        self.close(&Open::Call(call.id.clone(), true), out);
    }

    fn result(&self, call: &CallId, outcome: &ToolOutcome, out: &mut Vec<Frame>) {
        let id = format!("{}-result", self.message_id(call));
        let fields = json!({
            "messageId": id, "toolCallId": self.calls.name(call), "content": outcome.content, "role": "tool",
        });
        push("TOOL_CALL_RESULT", fields, out);
    }

    fn close(&mut self, what: &Open, out: &mut Vec<Frame>) {
        let same = |open: &Open| match (open, what) {
            (Open::Call(open, _), Open::Call(what, _)) => open == what,
            (open, what) => open == what,
        };
        let Some(at) = self.open.iter().position(same) else { return };
        match self.open.remove(at) {
            Open::Text(block, TextKind::Answer) => {
                push("TEXT_MESSAGE_END", json!({ "messageId": self.message_id(&block) }), out);
            }
            Open::Text(block, TextKind::Reasoning) => {
                push("REASONING_MESSAGE_END", json!({ "messageId": self.message_id(&block) }), out);
                push("REASONING_END", json!({ "messageId": self.message_id(&block) }), out);
            }
            Open::Call(call, _) => push("TOOL_CALL_END", json!({ "toolCallId": self.calls.name(&call) }), out),
        }
    }

    fn close_all(&mut self, out: &mut Vec<Frame>) {
        for open in self.open.clone() {
            self.close(&open, out);
        }
    }

    /// A call that needs approval interrupts the run; one that the client runs has been told already.
    fn wait(&mut self, waits: &[Wait], out: &mut Vec<Frame>) {
        self.close_all(out);
        let approvals = waits.iter().filter(|wait| wait.need == Need::Approval);
        let interrupts: Vec<Value> = approvals.map(|wait| self.interrupt(&wait.call)).collect();
        let mut fields = self.run_fields();
        if !interrupts.is_empty() {
            fields["outcome"] = json!({ "type": "interrupt", "interrupts": interrupts });
        }
        push("RUN_FINISHED", fields, out);
    }

    fn interrupt(&self, call: &CallId) -> Value {
        let approved = json!({ "approved": { "type": "boolean" }, "reason": { "type": "string" } });
        json!({
            "id": self.calls.reference(call), "reason": "tool_call", "toolCallId": self.calls.name(call),
            "message": "This call needs your approval.",
            "responseSchema": { "type": "object", "properties": approved, "required": ["approved"] },
        })
    }

    fn end(&mut self, ending: &Ending, out: &mut Vec<Frame>) {
        self.close_all(out);
        let code = match ending {
            Ending::Completed { .. } => return push("RUN_FINISHED", self.run_fields(), out),
            Ending::Failed { code, .. } => code,
            Ending::Cancelled => "cancelled",
            Ending::Interrupted => "interrupted",
        };
        push("RUN_ERROR", json!({ "message": cut_short(ending), "code": code }), out);
    }

    fn run_fields(&self) -> Value {
        self.run.as_ref().map_or_else(|| json!({}), RunName::fields)
    }

    /// Each block of text is a message to them, and what came of each call.
    fn message_id(&self, part: &impl Display) -> String {
        self.message.as_ref().map_or_else(|| part.to_string(), |message| format!("{message}-{part}"))
    }
}

impl Open {
    fn is_call(&self, call: &CallId) -> bool {
        matches!(self, Self::Call(open, _) if open == call)
    }
}

fn push(name: &'static str, mut fields: Value, out: &mut Vec<Frame>) {
    fields["type"] = name.into();
    out.push(Frame::Event { name: None, data: fields.to_string() });
}
