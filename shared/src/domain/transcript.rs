//! Events folded into the parts of a message; the log folded into what it means.

use super::{
    BlockId, CallId, Citation, Ending, ModelEvent, Part, Status, TextKind, ToolOutcome, TurnEvent, Usage, UsageTally,
    Waits,
};

/// What a turn has said so far.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    parts: Vec<Part>,
    open: Vec<(BlockId, TextKind)>,
    ending: Option<Ending>,
    tally: UsageTally,
    waits: Waits,
    blocks: BlockId,
}

impl Transcript {
    pub fn of<'a>(events: impl IntoIterator<Item = &'a TurnEvent>) -> Self {
        let mut transcript = Self::default();
        events.into_iter().for_each(|event| transcript.add(event));
        transcript
    }

    pub fn add(&mut self, event: &TurnEvent) {
        self.waits.add(event);
        self.tally.add(event);
        match event {
            TurnEvent::Model(event) => self.add_model(event),
            TurnEvent::ToolReturned { call, outcome } => self.add_outcome(call, outcome),
            TurnEvent::Ended(ending) => self.ending = Some(ending.clone()),
            TurnEvent::Started { .. }
            | TurnEvent::StepStarted
            | TurnEvent::ModelAsked { .. }
            | TurnEvent::FirstHeard { .. }
            | TurnEvent::Paused { .. }
            | TurnEvent::Allowed { .. }
            | TurnEvent::Waiting { .. } => {}
        }
    }

    fn add_model(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::TextStarted { block, kind } => {
                self.open.push((*block, *kind));
                self.blocks = self.blocks.max(block + 1);
                self.parts.push(match kind {
                    TextKind::Answer => Part::text(""),
                    TextKind::Reasoning => Part::reasoning(""),
                });
            }
            ModelEvent::TextDelta { text, .. } => self.add_text(text),
            ModelEvent::TextEnded { block, .. } => self.open.retain(|(open, _)| open != block),
            ModelEvent::ReasoningSigned { signature, .. } => self.sign(signature),
            ModelEvent::CallSigned { call, signature } => self.sign_call(call, signature),
            ModelEvent::Cited { citation } => self.add_citation(citation),
            ModelEvent::ToolRan { call, outcome } => self.add_outcome(call, outcome),
            ModelEvent::ToolCalled { call } => self.parts.push(Part::ToolCall(call.clone())),
            ModelEvent::Answered { .. }
            | ModelEvent::ApprovalRequested { .. }
            | ModelEvent::ToolStarted { .. }
            | ModelEvent::ToolArguments { .. }
            | ModelEvent::Stopped { .. }
            | ModelEvent::StepEnded { .. } => {}
        }
    }

    /// To the block that was begun last: citations may stand behind it already.
    fn add_text(&mut self, text: &str) {
        let last = self.parts.iter_mut().rev().find_map(|part| match part {
            Part::Text { text } | Part::Reasoning { text, .. } => Some(text),
            _ => None,
        });
        if let Some(own) = last {
            own.push_str(text);
        }
    }

    fn sign(&mut self, signature: &str) {
        let last = self.parts.iter_mut().rev().find_map(|part| match part {
            Part::Reasoning { signature, .. } => Some(signature),
            _ => None,
        });
        if let Some(own) = last {
            *own = Some(signature.to_owned());
        }
    }

    fn sign_call(&mut self, id: &CallId, signature: &str) {
        for part in &mut self.parts {
            match part {
                Part::ToolCall(call) if call.id == *id => call.signature = Some(signature.to_owned()),
                _ => {}
            }
        }
    }

    /// The same place is often cited with every sentence.
    fn add_citation(&mut self, citation: &Citation) {
        let cited = Part::Citation(citation.clone());
        if !self.parts.contains(&cited) {
            self.parts.push(cited);
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

    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// How many blocks of text were begun.
    pub fn blocks(&self) -> BlockId {
        self.blocks
    }

    /// What became of the turn so far.
    pub fn status(&self) -> Status {
        match &self.ending {
            Some(ending) => ending.into(),
            None if self.waits.open().is_empty() => Status::Running,
            None => Status::Waiting,
        }
    }

    pub fn usage(&self) -> Usage {
        self.tally.usage()
    }

    pub fn tally(&self) -> &UsageTally {
        &self.tally
    }

    /// The parts without empty texts. Reasoning that was signed and not said aloud stays: its provider wants it back.
    pub fn into_parts(self) -> Vec<Part> {
        let is_empty = |part: &Part| match part {
            Part::Text { text } | Part::Reasoning { text, signature: None } => text.is_empty(),
            _ => false,
        };
        self.parts.into_iter().filter(|part| !is_empty(part)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_that_says_nothing_is_kept_if_it_is_signed() {
        let (block, kind) = (0, TextKind::Reasoning);
        let begun = TurnEvent::Model(ModelEvent::TextStarted { block, kind });
        let signed = TurnEvent::Model(ModelEvent::ReasoningSigned { block, signature: "x".to_owned() });
        assert!(Transcript::of([&begun]).into_parts().is_empty());
        let kept = Part::Reasoning { text: String::new(), signature: Some("x".to_owned()) };
        assert_eq!(Transcript::of([&begun, &signed]).into_parts(), [kept]);
    }
}
