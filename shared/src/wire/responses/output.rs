//! What a response has said so far, item by item.

use serde_json::{Value, json};

use crate::domain::{
    BlockId, CallId, Citation, Ending, ModelEvent, Need, Position, Runner, TextKind, ToolCall, ToolOutcome, TurnEvent,
    UsageTally, Wait,
};

use super::Event;
use super::items::{ItemKind, Name, OutputItem};
use super::response::{ClientFields, ResponseHead, ResponseOutcome, response};

#[derive(Default)]
pub(super) struct Output {
    head: Option<ResponseHead>,
    items: Vec<OutputItem>,
    /// Those that were sent in full. The outcome of one that had to be allowed is part of another response.
    calls: Vec<ToolCall>,
    tally: UsageTally,
}

impl Output {
    /// What was said before this response.
    pub(super) fn remember(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Started { turn, session, model, at, .. } => {
                let (turn, session, model) = (turn.clone(), session.clone(), model.clone());
                self.head = Some(ResponseHead { turn, session, model, at: *at });
            }
            TurnEvent::Model(ModelEvent::ToolCalled { call }) => self.calls.push(call.clone()),
            _ => {}
        }
    }

    pub(super) fn response(
        &self,
        opens_at: Position,
        client_fields: &ClientFields,
        outcome: Option<&ResponseOutcome>,
    ) -> Option<Value> {
        let head = self.head.as_ref()?;
        let output: Vec<_> = self.items.iter().map(|item| item.json(outcome.is_some())).collect();
        let usage = match outcome {
            Some(ResponseOutcome::Ended(Ending::Completed { usage, .. })) if opens_at == 0 => *usage,
            _ => self.tally.usage(),
        };
        let usage = outcome.is_some().then_some(usage);
        Some(response(head, opens_at, client_fields, outcome, usage, &output))
    }

    /// The items so far; later ones are sent anew.
    pub(super) fn take(&mut self) -> Vec<Value> {
        self.items.drain(..).map(|item| item.json(true)).collect()
    }

    pub(super) fn add(&mut self, event: &TurnEvent) -> Vec<Event> {
        if self.head.is_none() {
            return Vec::new();
        }
        self.tally.add(event);
        self.remember(event);
        match event {
            TurnEvent::Model(event) => self.add_model(event),
            TurnEvent::ToolReturned { call, outcome } => self.returned(call, outcome),
            _ => Vec::new(),
        }
    }

    fn add_model(&mut self, event: &ModelEvent) -> Vec<Event> {
        use ModelEvent as M;
        match event {
            M::TextStarted { block, kind } => self.text_started(*block, *kind),
            M::TextDelta { block, text, .. } => self.grow(&Name::Block(*block), text),
            M::TextEnded { block, .. } => self.text_ended(*block),
            M::Cited { citation } => self.cited(citation),
            M::ToolStarted { call, name, runner } => {
                let added = self.begin(Name::Call(call.clone()), ItemKind::of_call(name, *runner), "");
                added.into_iter().chain(self.state(self.items.len() - 1, "in_progress")).collect()
            }
            M::ToolArguments { call, delta } => self.grow(&Name::Call(call.clone()), delta),
            M::ToolCalled { call } => self.called(call),
            M::ToolRan { call, outcome } => self.returned(call, outcome),
            M::Answered { .. }
            | M::ApprovalRequested { .. }
            | M::ReasoningSigned { .. }
            | M::CallSigned { .. }
            | M::Stopped { .. }
            | M::StepEnded { .. } => Vec::new(),
        }
    }

    fn text_started(&mut self, block: BlockId, kind: TextKind) -> Vec<Event> {
        let kind = match kind {
            TextKind::Answer => ItemKind::Message { annotations: Vec::new() },
            TextKind::Reasoning => ItemKind::Reasoning,
        };
        let added = self.begin(Name::Block(block), kind, "");
        added.into_iter().chain([self.part(self.items.len() - 1, "added")]).collect()
    }

    fn text_ended(&mut self, block: BlockId) -> Vec<Event> {
        let Some(at) = self.open(&Name::Block(block)) else { return Vec::new() };
        let text = self.items[at].text.clone();
        let done = match self.items[at].kind {
            ItemKind::Reasoning => {
                ("response.reasoning_summary_text.done", json!({ "summary_index": 0, "text": text }))
            }
            _ => ("response.output_text.done", json!({ "content_index": 0, "text": text, "logprobs": [] })),
        };
        let events = [self.about(at, done), self.part(at, "done")];
        self.items[at].status = "completed";
        events.into_iter().chain([self.done(at)]).collect()
    }

    /// The one part that a text of ours has.
    fn part(&self, at: usize, what: &str) -> Event {
        let item = &self.items[at];
        let event = match (&item.kind, what) {
            (ItemKind::Reasoning, "added") => "response.reasoning_summary_part.added",
            (ItemKind::Reasoning, _) => "response.reasoning_summary_part.done",
            (_, "added") => "response.content_part.added",
            (_, _) => "response.content_part.done",
        };
        let index = if item.kind == ItemKind::Reasoning { "summary_index" } else { "content_index" };
        self.about(at, (event, json!({ index: 0, "part": item.part() })))
    }

    /// An empty piece has no length, so no number of its own.
    fn grow(&mut self, name: &Name, delta: &str) -> Vec<Event> {
        let Some(at) = self.open(name).filter(|_| !delta.is_empty()) else { return Vec::new() };
        self.items[at].text += delta;
        let grown = match self.items[at].kind {
            ItemKind::Message { .. } => {
                ("response.output_text.delta", json!({ "content_index": 0, "delta": delta, "logprobs": [] }))
            }
            ItemKind::Reasoning => {
                ("response.reasoning_summary_text.delta", json!({ "summary_index": 0, "delta": delta }))
            }
            ItemKind::Function { .. } => ("response.function_call_arguments.delta", json!({ "delta": delta })),
            ItemKind::Mcp { .. } => ("response.mcp_call_arguments.delta", json!({ "delta": delta })),
            ItemKind::Search { .. } | ItemKind::Code | ItemKind::Approval { .. } => return Vec::new(),
        };
        vec![self.about(at, grown)]
    }

    fn called(&mut self, call: &ToolCall) -> Vec<Event> {
        let Some(at) = self.open(&Name::Call(call.id.clone())) else { return Vec::new() };
        let item = &mut self.items[at];
        if item.text.is_empty() {
            item.text = call.arguments.to_string();
        }
        let text = item.text.clone();
        match &item.kind {
            ItemKind::Function { name } => {
                let arguments = json!({ "name": name, "arguments": text });
                item.status = "completed";
                vec![self.about(at, ("response.function_call_arguments.done", arguments)), self.done(at)]
            }
            ItemKind::Mcp { .. } => {
                vec![self.about(at, ("response.mcp_call_arguments.done", json!({ "arguments": text })))]
            }
            ItemKind::Code => {
                let code = call.arguments["code"].clone();
                let said = self.about(at, ("response.code_interpreter_call_code.done", json!({ "code": code })));
                [said].into_iter().chain(self.state(at, "interpreting")).collect()
            }
            _ => self.state(at, "searching").into_iter().collect(),
        }
    }

    /// What the client runs is its own, and no item of ours.
    fn returned(&mut self, call: &CallId, outcome: &ToolOutcome) -> Vec<Event> {
        let mut events = Vec::new();
        let at = self.open(&Name::Call(call.clone())).or_else(|| self.reopen(call, &mut events));
        let Some(at) = at else { return events };
        let item = &mut self.items[at];
        item.outcome = Some(outcome.clone());
        item.status = if outcome.is_error { "failed" } else { "completed" };
        let can_fail = matches!(item.kind, ItemKind::Mcp { .. });
        let state = if outcome.is_error && can_fail { "failed" } else { "completed" };
        events.extend(self.state(at, state));
        events.push(self.done(at));
        events
    }

    /// A call of an earlier response, which had to be allowed, as an item of this one.
    fn reopen(&mut self, call: &CallId, events: &mut Vec<Event>) -> Option<usize> {
        let is_told = self.items.iter().any(|item| item.name == Name::Call(call.clone()));
        let call = self.calls.iter().find(|known| known.id == *call && known.runner != Runner::Client && !is_told)?;
        let (kind, arguments) = (ItemKind::of_call(&call.name, call.runner), call.arguments.to_string());
        events.extend(self.begin(Name::Call(call.id.clone()), kind, &arguments));
        Some(self.items.len() - 1)
    }

    /// Its user has to allow these calls first: each is asked for in an item of its own.
    pub(super) fn asks(&mut self, waits: &[Wait]) -> Vec<Event> {
        let mut events = Vec::new();
        for Wait { call, .. } in waits.iter().filter(|wait| wait.need == Need::Approval) {
            let Some(at) = self.open(&Name::Call(call.clone())) else { continue };
            self.items[at].status = "incomplete";
            events.push(self.done(at));
            let ItemKind::Mcp { name } = self.items[at].kind.clone() else { continue };
            let arguments = self.items[at].text.clone();
            events.extend(self.begin(Name::Approval(call.clone()), ItemKind::Approval { name }, &arguments));
            self.items.last_mut().into_iter().for_each(|item| item.status = "completed");
            events.push(self.done(self.items.len() - 1));
        }
        events
    }

    /// Of the message that was begun last; the same place is often cited with every sentence.
    fn cited(&mut self, citation: &Citation) -> Vec<Event> {
        let last = self.items.iter_mut().enumerate().rev().find_map(|(at, item)| match &mut item.kind {
            ItemKind::Message { annotations } => Some((at, annotations, item.text.chars().count())),
            _ => None,
        });
        let Some((at, annotations, place)) = last else { return Vec::new() };
        let is_known = annotations.iter().any(|(known, _)| known == citation);
        if is_known {
            return Vec::new();
        }
        annotations.push((citation.clone(), place));
        let index = annotations.len() - 1;
        let annotation = super::items::annotation(citation, place);
        let added = json!({ "content_index": 0, "annotation_index": index, "annotation": annotation });
        vec![self.about(at, ("response.output_text.annotation.added", added))]
    }

    fn open(&self, name: &Name) -> Option<usize> {
        self.items.iter().rposition(|item| item.name == *name && item.status == "in_progress")
    }

    fn begin(&mut self, name: Name, kind: ItemKind, text: &str) -> Option<Event> {
        let turn = self.head.as_ref()?.turn.clone();
        self.items.push(OutputItem { text: text.to_owned(), ..OutputItem::new(turn, name, kind) });
        Some(self.whole(self.items.len() - 1, "response.output_item.added"))
    }

    fn done(&self, at: usize) -> Event {
        self.whole(at, "response.output_item.done")
    }

    fn whole(&self, at: usize, event: &'static str) -> Event {
        (event, json!({ "output_index": at, "item": self.items[at].json(false) }))
    }

    /// What becomes of a call, for those kinds that say it.
    fn state(&self, at: usize, state: &str) -> Option<Event> {
        self.items[at].kind.event(state).map(|event| self.about(at, (event, json!({}))))
    }

    fn about(&self, at: usize, (event, mut data): Event) -> Event {
        data["item_id"] = self.items[at].id().into();
        data["output_index"] = at.into();
        (event, data)
    }
}
