//! What a turn has used up, added from its events: every closer of a turn, however often, comes to the same.

use serde::Serialize;
use utoipa::ToSchema;

use super::tokens::TokenCount;
use super::{Cost, Ending, ModelEvent, ModelRef, Price, TurnEvent, Usage};

/// A turn's model calls so far.
///
/// A call that came to its end counts as the provider says, and where that says nothing by length. One that broke
/// off counts by length, too: its prompt and what was said. One that said nothing before another was asked, or
/// before the turn failed, was refused, and costs nothing.
#[derive(Clone, Debug, Default)]
pub struct UsageTally {
    usage: Usage,
    cost: Cost,
    /// A call had tokens and no known price.
    is_unpriced: bool,
    model: Option<ModelRef>,
    first_heard_ms: Option<u64>,
    open: Option<Call>,
}

/// A call that has not come to its end.
#[derive(Clone, Debug)]
struct Call {
    prompt_tokens: u64,
    price: Option<Price>,
    said: TokenCount,
    is_answered: bool,
}

/// What an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Spent {
    #[serde(flatten)]
    pub usage: Usage,
    /// At the prices of that moment; none when one was not known.
    #[serde(rename = "cost_usd", skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// From the question to the end of the answer; time spent waiting for somebody is part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    #[serde(rename = "time_to_first_token_ms", skip_serializing_if = "Option::is_none")]
    pub first_heard_ms: Option<u64>,
}

/// What turns have used up together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageSum {
    pub turns: u64,
    pub input_tokens: u64,
    pub cached_tokens: u64,
    pub output_tokens: u64,
    pub reasoning_tokens: u64,
    pub estimated_turns: u64,
    pub unpriced_turns: u64,
    /// Of those turns whose price was known.
    pub priced: Cost,
}

impl UsageTally {
    pub fn add(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::ModelAsked { model, prompt_tokens, price } => {
                self.close_call();
                self.model = Some(model.clone());
                let (prompt_tokens, price) = (*prompt_tokens, *price);
                self.open = Some(Call { prompt_tokens, price, said: TokenCount::default(), is_answered: false });
            }
            TurnEvent::FirstHeard { after_ms } => self.first_heard_ms = Some(*after_ms),
            TurnEvent::Model(ModelEvent::StepEnded { usage, .. }) => self.end_call(*usage),
            TurnEvent::Model(_) => {
                if let Some(call) = &mut self.open {
                    call.is_answered = true;
                    call.said.add(event.text().unwrap_or_default());
                }
            }
            TurnEvent::Ended(Ending::Failed { .. }) => self.close_call(),
            TurnEvent::Ended(_) => self.end_call(Usage::default()),
            TurnEvent::Started { .. }
            | TurnEvent::StepStarted
            | TurnEvent::ToolReturned { .. }
            | TurnEvent::Paused { .. }
            | TurnEvent::Allowed { .. }
            | TurnEvent::Waiting { .. } => {}
        }
    }

    /// Closes a call that did not come to its end, unless it was refused.
    fn close_call(&mut self) {
        if self.open.take_if(|call| !call.is_answered).is_none() {
            self.end_call(Usage::default());
        }
    }

    fn end_call(&mut self, said: Usage) {
        // Without a call there is nothing to guess by: such a log is older than the counting.
        let (usage, price) = match self.open.take() {
            Some(call) => (said.or_estimated(call.prompt_tokens, call.said.total()), call.price),
            None => (said, None),
        };
        match price.and_then(|price| price.of(usage)) {
            Some(cost) => self.cost = self.cost.plus(cost),
            None => self.is_unpriced |= usage != Usage::default(),
        }
        self.usage = self.usage.plus(usage);
    }

    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// The model that was asked last: the one that answered.
    pub fn model(&self) -> Option<&ModelRef> {
        self.model.as_ref()
    }

    pub fn first_heard_ms(&self) -> Option<u64> {
        self.first_heard_ms
    }

    /// Of a turn that took so long, or has not ended.
    pub fn spent(&self, latency_ms: Option<u64>) -> Spent {
        let cost = (!self.is_unpriced).then_some(self.cost);
        Spent { usage: self.usage, cost, latency_ms, first_heard_ms: self.first_heard_ms }
    }
}

impl UsageSum {
    /// One turn.
    pub fn of(spent: &Spent) -> Self {
        let Usage { input_tokens, cached_tokens, output_tokens, reasoning_tokens, estimated } = spent.usage;
        Self {
            turns: 1,
            input_tokens: input_tokens.unwrap_or(0),
            cached_tokens: cached_tokens.unwrap_or(0),
            output_tokens: output_tokens.unwrap_or(0),
            reasoning_tokens: reasoning_tokens.unwrap_or(0),
            estimated_turns: estimated.into(),
            unpriced_turns: spent.cost.is_none().into(),
            priced: spent.cost.unwrap_or_default(),
        }
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            turns: self.turns.saturating_add(other.turns),
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
            estimated_turns: self.estimated_turns.saturating_add(other.estimated_turns),
            unpriced_turns: self.unpriced_turns.saturating_add(other.unpriced_turns),
            priced: self.priced.plus(other.priced),
        }
    }

    /// None when not one turn's price was known.
    pub fn cost(&self) -> Option<Cost> {
        (self.turns == 0 || self.unpriced_turns < self.turns).then_some(self.priced)
    }
}

#[cfg(test)]
mod tests;
