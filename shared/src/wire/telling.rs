//! A conversation as a client tells it, message by message: what is old, what is new.

use crate::domain::{CallId, CallRef, Decision, News, Part, PromptMessage, Question, Role, ToolCall, ToolOutcome};
use crate::error::{Error, Result};

/// What clients have in common: somebody says something, calls tools, tells what came of them.
#[derive(Default)]
pub struct Telling {
    messages: Vec<PromptMessage>,
    system: Vec<String>,
    /// What was told of calls since the model has spoken last.
    decisions: Vec<(CallRef, Decision)>,
    /// Calls that are not the client's, and of which nothing has come.
    waiting: Vec<CallRef>,
}

/// A conversation that was told to its end.
#[derive(Debug)]
pub struct Heard {
    pub system: Option<String>,
    /// Without what is new.
    pub told: Vec<PromptMessage>,
    pub news: News,
}

impl Telling {
    pub fn system(&mut self, text: impl Into<String>) {
        self.system.push(text.into());
    }

    pub fn user(&mut self, part: Part) {
        self.say(Role::User, part);
    }

    /// Somebody asks something new: what was told of calls before has been heard, or given up.
    pub fn move_on(&mut self) {
        self.decisions.clear();
    }

    pub fn assistant(&mut self, part: Part) {
        self.decisions.clear();
        self.say(Role::Assistant, part);
    }

    /// The model has called a tool; `name` is the call's name on the wire.
    pub fn called(&mut self, name: &str, tool: &str, arguments: serde_json::Value) {
        self.assistant(Part::ToolCall(ToolCall::new(call_id(name), tool, arguments)));
    }

    /// What came of it. It stands with the call, whoever tells it.
    pub fn returned(&mut self, name: &str, outcome: ToolOutcome) {
        if let Some(call) = CallRef::parse(name) {
            self.decisions.push((call, Decision::Outcome(outcome.clone())));
        }
        self.say(Role::Assistant, Part::ToolResult { call: call_id(name), outcome });
    }

    /// The model has called a tool that the client does not run: it can only wait for what comes of it.
    pub fn called_here(&mut self, name: &str, tool: &str, arguments: serde_json::Value) {
        self.called(name, tool, arguments);
        self.waiting.extend(CallRef::parse(name));
    }

    /// What came of that is no news.
    pub fn returned_here(&mut self, name: &str, outcome: ToolOutcome) {
        self.waiting.retain(|call| call.to_string() != name);
        self.say(Role::Assistant, Part::ToolResult { call: call_id(name), outcome });
    }

    /// A user's word on a call that waits for it.
    pub fn decided(&mut self, name: &str, decision: Decision) {
        self.decisions.extend(CallRef::parse(name).map(|call| (call, decision)));
    }

    fn say(&mut self, role: Role, part: Part) {
        match self.messages.last_mut() {
            Some(last) if last.role == role => last.parts.push(part),
            _ => self.messages.push(PromptMessage { role, parts: vec![part] }),
        }
    }

    /// All that was told, new or not: for those who only count it.
    pub fn whole(self) -> (Option<String>, Vec<PromptMessage>) {
        ((!self.system.is_empty()).then(|| self.system.join("\n\n")), self.messages)
    }

    /// The news are what came of calls, or else the last question; or else a call that something has to come of.
    pub fn end(mut self) -> Result<Heard> {
        let system = (!self.system.is_empty()).then(|| self.system.join("\n\n"));
        let question = self.messages.iter().rposition(|message| message.role == Role::User);
        let is_last = question.is_some_and(|at| at + 1 == self.messages.len());
        let waits = self.waiting.pop().filter(|_| !is_last);
        if self.decisions.is_empty() && waits.is_none() {
            let question = if is_last { self.messages.pop() } else { None };
            let question =
                question.ok_or_else(|| Error::invalid("messages", "The last message is the user's question."))?;
            let news = News::Question(Question::parse(question.parts)?);
            return Ok(Heard { system, told: self.messages, news });
        }
        if let (true, Some(said)) = (is_last, self.messages.last()) {
            add_to_outcome(&mut self.decisions, &said.parts)?;
        }
        // The turn that waits knows what was said since its question.
        self.messages.truncate(question.map_or(0, |at| if is_last { before(&self.messages, at) } else { at }));
        let news = match waits {
            Some(call) if self.decisions.is_empty() => News::Follow(call),
            _ => News::Decisions(self.decisions),
        };
        Ok(Heard { system, told: self.messages, news })
    }
}

/// What a user says with an outcome stands with it: the turn that goes on has one question.
fn add_to_outcome(decisions: &mut [(CallRef, Decision)], said: &[Part]) -> Result<()> {
    let Some((_, Decision::Outcome(outcome))) = decisions.last_mut() else { return Ok(()) };
    for part in said {
        let Part::Text { text } = part else {
            return Err(Error::invalid("messages", "What comes with a tool's result is text."));
        };
        outcome.content.push_str("\n\nThe user says: ");
        outcome.content.push_str(text);
    }
    Ok(())
}

/// Where the question before this message stands.
fn before(messages: &[PromptMessage], at: usize) -> usize {
    messages[..at].iter().rposition(|message| message.role == Role::User).unwrap_or_default()
}

/// As the model named the call: without what the wire has added.
fn call_id(name: &str) -> CallId {
    CallRef::parse(name).map_or_else(|| CallId::from_provider(name), |named| named.call)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(content: &str) -> ToolOutcome {
        ToolOutcome { content: content.to_owned(), is_error: false }
    }

    #[test]
    fn the_last_message_of_the_user_is_the_question() {
        let mut telling = Telling::default();
        telling.system("Be brief.");
        telling.user(Part::text("Hi"));
        telling.assistant(Part::text("Hello."));
        telling.user(Part::text("Who are you?"));
        let Heard { system, told, news } = telling.end().unwrap();
        assert_eq!(system.as_deref(), Some("Be brief."));
        assert_eq!(told.len(), 2);
        assert!(matches!(news, News::Question(question) if question.text() == "Who are you?"));
    }

    #[test]
    fn what_came_of_calls_goes_to_the_turn_that_waits_and_what_led_to_it_is_not_told_twice() {
        let mut telling = Telling::default();
        telling.user(Part::text("Hi"));
        telling.assistant(Part::text("Hello."));
        telling.user(Part::text("Which files are there, and how long are they?"));
        telling.called("call_7_a", "list", json!({}));
        telling.returned("call_7_a", outcome("x"));
        telling.called("call_7_b", "length", json!({"of": "x"}));
        telling.returned("call_7_b", outcome("3"));
        let Heard { told, news, .. } = telling.end().unwrap();
        assert_eq!(told.len(), 2);
        let News::Decisions(decisions) = news else { panic!("{news:?}") };
        assert_eq!(decisions.len(), 1, "the first was told before: {decisions:?}");
        assert_eq!(decisions[0].0.to_string(), "call_7_b");
    }

    #[test]
    fn what_the_user_says_with_an_outcome_is_not_lost() {
        let mut telling = Telling::default();
        telling.user(Part::text("What is in a?"));
        telling.called("call_7_a", "read", json!({}));
        telling.returned("call_7_a", outcome("x"));
        telling.user(Part::text("Be brief."));
        let Heard { told, news, .. } = telling.end().unwrap();
        let News::Decisions(decisions) = news else { panic!("{news:?}") };
        assert!(matches!(&decisions[0].1, Decision::Outcome(o) if o.content == "x\n\nThe user says: Be brief."));
        assert!(told.is_empty(), "{told:?}");
    }

    #[test]
    fn who_ends_with_a_call_that_is_not_the_clients_waits_for_what_comes_of_it() {
        let mut telling = Telling::default();
        telling.user(Part::text("Hi"));
        telling.assistant(Part::text("Hello."));
        telling.user(Part::text("Delete it."));
        telling.called_here("call_7_a", "look", json!({}));
        telling.returned_here("call_7_a", outcome("x"));
        telling.called_here("call_7_b", "delete", json!({}));
        let Heard { told, news, .. } = telling.end().unwrap();
        assert!(matches!(news, News::Follow(call) if call.to_string() == "call_7_b"));
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn who_goes_on_talking_does_not_wait() {
        let mut telling = Telling::default();
        telling.user(Part::text("Delete it."));
        telling.called_here("call_7_b", "delete", json!({}));
        telling.user(Part::text("Never mind."));
        assert!(matches!(telling.end().unwrap().news, News::Question(_)));
    }

    #[test]
    fn what_came_of_a_call_that_ran_here_is_no_news() {
        let mut telling = Telling::default();
        telling.user(Part::text("Look, and open it."));
        telling.called_here("call_7_a", "look", json!({}));
        telling.called("call_7_b", "open", json!({}));
        telling.returned_here("call_7_a", outcome("x"));
        telling.returned("call_7_b", outcome("done"));
        let News::Decisions(decisions) = telling.end().unwrap().news else { panic!() };
        assert_eq!(decisions.len(), 1);
    }

    #[test]
    fn calls_of_another_backend_are_history() {
        let mut telling = Telling::default();
        telling.user(Part::text("The time?"));
        telling.called("toolu_1", "now", json!({}));
        telling.returned("toolu_1", outcome("noon"));
        telling.assistant(Part::text("Noon."));
        telling.user(Part::text("Thanks"));
        let Heard { told, news, .. } = telling.end().unwrap();
        assert_eq!(told[1].parts.len(), 3);
        assert!(matches!(news, News::Question(_)));
    }

    #[test]
    fn who_asks_nothing_is_told_so() {
        assert!(Telling::default().end().is_err());
        let mut telling = Telling::default();
        telling.user(Part::text("Hi"));
        telling.assistant(Part::text("Hello."));
        assert!(telling.end().is_err());
    }
}
