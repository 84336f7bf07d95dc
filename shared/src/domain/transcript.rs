//! Events folded into the parts of a message; the log folded into what it means.

use super::{BlockId, CallId, Ending, ModelEvent, Part, TextKind, ToolOutcome, TurnEvent, Usage};

/// What a turn has said so far.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    parts: Vec<Part>,
    open: Vec<(BlockId, TextKind)>,
    ending: Option<Ending>,
    usage: Usage,
}

impl Transcript {
    pub fn of<'a>(events: impl IntoIterator<Item = &'a TurnEvent>) -> Self {
        let mut transcript = Self::default();
        events.into_iter().for_each(|event| transcript.add(event));
        transcript
    }

    pub fn add(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Model(event) => self.add_model(event),
            TurnEvent::ToolReturned { call, outcome } => self.add_outcome(call, outcome),
            TurnEvent::Ended(ending) => self.ending = Some(ending.clone()),
            TurnEvent::Started { .. } | TurnEvent::StepStarted => {}
        }
    }

    fn add_model(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::TextStarted { block, kind } => {
                self.open.push((*block, *kind));
                self.parts.push(match kind {
                    TextKind::Answer => Part::text(""),
                    TextKind::Reasoning => Part::Reasoning { text: String::new() },
                });
            }
            ModelEvent::TextDelta { text, .. } => {
                if let Some(Part::Text { text: own } | Part::Reasoning { text: own }) = self.parts.last_mut() {
                    own.push_str(text);
                }
            }
            ModelEvent::TextEnded { block, .. } => self.open.retain(|(open, _)| open != block),
            ModelEvent::ToolCalled { call } => self.parts.push(Part::ToolCall(call.clone())),
            ModelEvent::StepEnded { usage, .. } => self.usage = self.usage.plus(*usage),
            ModelEvent::ToolStarted { .. } | ModelEvent::ToolArguments { .. } => {}
        }
    }

    fn add_outcome(&mut self, call: &CallId, outcome: &ToolOutcome) {
        self.parts.push(Part::ToolResult { call: call.clone(), outcome: outcome.clone() });
    }

    /// What has to be said before the ending, so that no reader is left inside a block.
    pub fn closing_events(&self) -> Vec<TurnEvent> {
        let end = |&(block, kind): &(BlockId, TextKind)| TurnEvent::Model(ModelEvent::TextEnded { block, kind });
        self.open.iter().rev().map(end).collect()
    }

    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// The parts without empty texts.
    pub fn into_parts(self) -> Vec<Part> {
        let says = |part: &Part| !matches!(part, Part::Text { text } | Part::Reasoning { text } if text.is_empty());
        self.parts.into_iter().filter(says).collect()
    }
}
