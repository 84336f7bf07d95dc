//! What a model receives: as much of the conversation as its window holds, and the question.

use std::collections::{HashMap, VecDeque};

use crate::domain::{CallId, Part, Question, Role, ToolSpec, estimated_tokens, least_tokens};
use crate::error::{Error, Result, codes};
use crate::llm::{ModelRequest, PromptMessage};

/// How many messages are read for a prompt: a fixed number, so that a long conversation costs no more.
pub(super) const MAX_MESSAGES: usize = 40;
/// Who does not know a model's window takes it for this one, in tokens.
const USUAL_WINDOW: u64 = 32_000;
/// What is left to the answer: a quarter of the window, and no more than this.
const MAX_ANSWER: u64 = 16_000;
/// About what providers charge for an image.
const MEDIA: u64 = 1_000;
/// What a message or a call costs beyond its text.
const FRAME: u64 = 8;

/// How many tokens a model reads and writes at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct ContextWindow {
    tokens: u64,
    is_known: bool,
}

impl ContextWindow {
    pub(super) fn of(tokens: Option<u64>) -> Self {
        Self { tokens: tokens.unwrap_or(USUAL_WINDOW), is_known: tokens.is_some() }
    }

    /// The same where others may have to answer, who read no more than this.
    pub(super) fn within(self, most: Option<u64>) -> Self {
        Self { tokens: most.map_or(self.tokens, |most| most.min(self.tokens)), ..self }
    }

    /// A question is never cut. One that surely does not fit is refused; where the window is not known, the
    /// provider has the last word.
    pub(super) fn check(self, question: &Question) -> Result<()> {
        let text = |part: &Part| if let Part::Text { text } = part { least_tokens(text) } else { 0 };
        let least: u64 = question.parts().iter().map(text).sum();
        if self.is_known && least > self.tokens {
            let why = format!("The question is too long for this model, which reads {} tokens.", self.tokens);
            return Err(Error::invalid("text", why).with_code(codes::QUESTION_TOO_LONG));
        }
        Ok(())
    }

    /// What is left to the conversation, beside the answer that the client allows.
    pub(super) fn token_budget(self, system: &str, tools: &[ToolSpec], max_tokens: Option<u32>) -> u64 {
        let wanted = u64::from(max_tokens.unwrap_or(0)).min(self.tokens / 2);
        let answer = MAX_ANSWER.min(self.tokens / 4).max(wanted);
        self.tokens.saturating_sub(answer + frame(system, tools))
    }
}

/// The conversation so far, oldest first, and then the question.
pub(super) fn messages(history: Vec<PromptMessage>, question: &Question) -> Vec<PromptMessage> {
    let shown = history.into_iter().map(shown).filter(|message| !message.parts.is_empty());
    // A question whose answer is there, never an answer whose question was left out.
    let mut messages: Vec<_> = shown.skip_while(|message| message.role == Role::Assistant).collect();
    messages.push(PromptMessage { role: Role::User, parts: question.parts().to_vec() });
    messages
}

/// Leaves the oldest turns out, each whole, until the rest fits beside what this turn has said so far. The last
/// message is the question: it stays.
pub(super) fn fit(messages: &mut Vec<PromptMessage>, said: &[Part], token_budget: u64) {
    let costs: Vec<u64> = messages.iter().map(|message| cost(&message.parts)).collect();
    let mut total = cost(said) + costs.iter().sum::<u64>();
    let mut gone = 0;
    while total > token_budget && gone + 1 < messages.len() {
        let is_question = |message: &PromptMessage| message.role == Role::User;
        let turn = 1 + messages[gone + 1..].iter().take_while(|message| !is_question(message)).count();
        total -= costs[gone..gone + turn].iter().sum::<u64>();
        gone += turn;
    }
    messages.drain(..gone);
}

/// About how many tokens a whole request is.
pub(super) fn tokens(request: &ModelRequest) -> u64 {
    let messages = request.messages.iter().map(|message| cost(&message.parts)).sum::<u64>();
    frame(&request.system, &request.tools) + messages
}

/// What is said with every prompt.
fn frame(system: &str, tools: &[ToolSpec]) -> u64 {
    let tools = serde_json::to_string(tools).map_or(0, |json| estimated_tokens(&json));
    FRAME + estimated_tokens(system) + tools
}

/// What a provider may see of a message: no reasoning, no call without its result, no result without its call.
fn shown(message: PromptMessage) -> PromptMessage {
    let paired = paired(&message.parts);
    let shows = |(index, part): &(usize, Part)| match part {
        Part::Text { .. } | Part::Image(_) | Part::File(_) => true,
        Part::ToolCall(_) | Part::ToolResult { .. } => paired.contains(index),
        Part::Reasoning { .. } | Part::Citation(_) => false,
    };
    let parts = message.parts.into_iter().enumerate().filter(shows).map(|(_, part)| part);
    PromptMessage { role: message.role, parts: parts.collect() }
}

/// The places of all calls that have a result behind them, and of these results.
fn paired(parts: &[Part]) -> Vec<usize> {
    let (mut open, mut paired) = (HashMap::<&CallId, VecDeque<usize>>::new(), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::ToolCall(call) => open.entry(&call.id).or_default().push_back(index),
            Part::ToolResult { call, .. } => {
                let call = open.get_mut(call).and_then(VecDeque::pop_front);
                paired.extend(call.into_iter().flat_map(|call| [call, index]));
            }
            _ => {}
        }
    }
    paired
}

fn cost(parts: &[Part]) -> u64 {
    let of_part = |part: &Part| match part {
        Part::Text { text } | Part::Reasoning { text, .. } => estimated_tokens(text),
        Part::Image(_) | Part::File(_) => MEDIA,
        Part::Citation(_) => 0,
        Part::ToolCall(call) => FRAME + estimated_tokens(&call.name) + estimated_tokens(&call.arguments.to_string()),
        Part::ToolResult { outcome, .. } => FRAME + estimated_tokens(&outcome.content),
    };
    FRAME + parts.iter().map(of_part).sum::<u64>()
}

#[cfg(test)]
mod tests;
