//! What a model is told: the system prompt, as much of the conversation as fits, the question.

use std::collections::HashSet;

use crate::domain::{CallId, Message, Part, Question, Role, ToolSpec};
use crate::llm::{ModelRequest, PromptMessage};

/// How many messages are read for a prompt: a fixed number, so that a long conversation costs no more.
pub(super) const MOST_MESSAGES: usize = 40;
/// About 25,000 tokens; the oldest turns are left out first.
const MOST_CHARS: usize = 100_000;
/// About what providers charge for an image.
const CHARS_OF_MEDIA: usize = 4_000;

/// The conversation so far, oldest first, and then the question.
pub(super) fn messages(history: Vec<Message>, question: &Question) -> Vec<PromptMessage> {
    let prompts: Vec<_> = history.into_iter().map(prompt).collect();
    let mut left = MOST_CHARS;
    let fits = |message: &&PromptMessage| {
        let length = message.parts.iter().map(chars).sum::<usize>();
        let fits = length <= left;
        left = left.saturating_sub(length);
        fits
    };
    let kept = prompts.iter().rev().take_while(fits).count();
    let newest = prompts.into_iter().rev().take(kept).rev().filter(|message| !message.parts.is_empty());
    // A question whose answer is there, never an answer whose question was left out.
    let mut messages: Vec<_> = newest.skip_while(|message| message.role == Role::Assistant).collect();
    messages.push(PromptMessage { role: Role::User, parts: question.parts().to_vec() });
    messages
}

/// What a provider may see of a message: no reasoning, and no call without its result.
fn prompt(message: Message) -> PromptMessage {
    let result = |part: &Part| if let Part::ToolResult { call, .. } = part { Some(call.clone()) } else { None };
    let answered: HashSet<CallId> = message.parts.iter().filter_map(result).collect();
    let shown = |part: &Part| match part {
        Part::Text { .. } | Part::Image(_) | Part::File(_) | Part::ToolResult { .. } => true,
        Part::ToolCall(call) => answered.contains(&call.id),
        Part::Reasoning { .. } | Part::Citation(_) => false,
    };
    PromptMessage { role: message.role, parts: message.parts.into_iter().filter(shown).collect() }
}

/// How long a request is, for a guess at what it will cost.
pub(super) fn bytes(request: &ModelRequest) -> usize {
    let parts = request.messages.iter().flat_map(|message| &message.parts).map(chars).sum::<usize>();
    let tool = |tool: &ToolSpec| tool.name.len() + tool.description.len() + tool.parameters.to_string().len();
    request.system.len() + parts + request.tools.iter().map(tool).sum::<usize>()
}

fn chars(part: &Part) -> usize {
    match part {
        Part::Text { text } | Part::Reasoning { text, .. } => text.len(),
        Part::Image(_) | Part::File(_) => CHARS_OF_MEDIA,
        Part::Citation(_) => 0,
        Part::ToolCall(call) => call.arguments.to_string().len(),
        Part::ToolResult { outcome, .. } => outcome.content.len(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{MessageId, Status, Timestamp, ToolCall, ToolOutcome, TurnId};

    fn message(role: Role, parts: Vec<Part>) -> Message {
        Message {
            id: MessageId::parse("1").unwrap(),
            turn: TurnId::parse("1").unwrap(),
            role,
            status: Status::Completed,
            created_at: Timestamp::from_millis(0),
            model: None,
            parts,
            usage: None,
        }
    }

    fn question() -> Question {
        Question::parse(vec![Part::text("And now?")]).unwrap()
    }

    #[test]
    fn a_call_that_was_never_answered_is_not_shown_to_a_provider() {
        let call = |id| ToolCall::new(CallId::from_provider(id), "now", json!({}));
        let outcome = ToolOutcome { content: "noon".to_owned(), is_error: false };
        let parts = vec![
            Part::reasoning("hm"),
            Part::ToolCall(call("answered")),
            Part::ToolResult { call: CallId::from_provider("answered"), outcome },
            Part::ToolCall(call("lost")),
        ];
        let history = vec![message(Role::User, vec![Part::text("Hi")]), message(Role::Assistant, parts)];
        let messages = messages(history, &question());
        assert_eq!(messages.len(), 3);
        assert_eq!(messages[1].parts.len(), 2);
    }

    #[test]
    fn what_does_not_fit_goes_oldest_first_and_by_whole_turns() {
        let long = || Part::text("x".repeat(MOST_CHARS / 3));
        let turn = || [message(Role::User, vec![long()]), message(Role::Assistant, vec![Part::text("Yes.")])];
        let history: Vec<_> = [turn(), turn(), turn(), turn()].into_iter().flatten().collect();
        let roles: Vec<_> = messages(history, &question()).iter().map(|message| message.role).collect();
        assert_eq!(roles, [Role::User, Role::Assistant, Role::User, Role::Assistant, Role::User]);
    }
}
