//! A conversation as a client tells it, message by message: what is old, what is new.

use crate::domain::{
    CallId, CallRef, Decision, Decisions, Interjection, NewInput, Part, PromptMessage, Question, Role, ToolCall,
    ToolOutcome, TurnId,
};
use crate::error::{Error, Result};

/// What clients have in common: somebody says something, calls tools, tells what came of them.
#[derive(Default)]
pub struct ConversationParser {
    messages: Vec<PromptMessage>,
    system: Vec<String>,
    /// What the client said of calls since the model has spoken last.
    decisions: Decisions,
    /// Calls that are not the client's, and of which nothing has come.
    waiting: Vec<CallRef>,
    /// Where the question stands that a turn answers, which is known by its calls.
    turns: Vec<(TurnId, usize)>,
    /// What stands behind this many messages was said since the model has spoken last.
    spoken: usize,
}

/// A conversation that was read to its end.
#[derive(Debug)]
pub struct ParsedConversation {
    pub system: Option<String>,
    /// Without what is new.
    pub history: Vec<PromptMessage>,
    pub new_input: NewInput,
}

impl ConversationParser {
    pub fn system(&mut self, text: impl Into<String>) {
        self.system.push(text.into());
    }

    pub fn user(&mut self, part: Part) {
        self.say(Role::User, part);
    }

    /// The user asks something new: what came of calls before has been heard, or given up.
    pub fn move_on(&mut self) {
        self.decisions.clear();
    }

    pub fn assistant(&mut self, part: Part) {
        self.decisions.clear();
        self.say(Role::Assistant, part);
        self.spoken = self.messages.len();
    }

    /// The model has said something that no client sees again.
    pub fn spoke(&mut self) {
        say(&mut self.messages, Role::Assistant, []);
        self.spoken = self.messages.len();
    }

    /// The model has called a tool; `name` is the call's name on the wire.
    pub fn called(&mut self, name: &str, tool: &str, arguments: serde_json::Value) {
        if let Some(CallRef { turn, .. }) = CallRef::parse(name)
            && !self.turns.iter().any(|(known, _)| *known == turn)
        {
            self.turns.push((turn, last_question(&self.messages)));
        }
        self.assistant(Part::ToolCall(ToolCall::new(call_id(name), tool, arguments)));
    }

    /// What came of it. It stands with the call, wherever the client puts it.
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
        say(&mut self.messages, role, [part]);
    }

    /// All of it, new or not: for callers that only count it.
    pub fn whole(self) -> (Option<String>, Vec<PromptMessage>) {
        ((!self.system.is_empty()).then(|| self.system.join("\n\n")), self.messages)
    }

    /// The news are what came of calls, or else the last question; or else a call that something has to come of.
    pub fn end(mut self) -> Result<ParsedConversation> {
        let system = (!self.system.is_empty()).then(|| self.system.join("\n\n"));
        let is_asked = self.messages.last().is_some_and(|message| message.role == Role::User);
        let waits = self.waiting.pop().filter(|_| !is_asked);
        let turn = self.decisions.first().map(|(call, _)| call).or(waits.as_ref()).map(|call| call.turn.clone());
        let Some(turn) = turn else {
            let question = if is_asked { self.messages.pop() } else { None };
            let question =
                question.ok_or_else(|| Error::invalid("messages", "The last message is the user's question."))?;
            let new_input = NewInput::Question(Question::parse(question.parts)?);
            return Ok(ParsedConversation { system, history: self.messages, new_input });
        };
        let since = self.spoken;
        // The turn that waits knows what was said since its question.
        let history = self.messages[..self.question_of(&turn, since)].to_vec();
        let new_input = match waits {
            Some(call) if self.decisions.is_empty() => NewInput::Follow(call),
            _ => NewInput::Decisions(self.decisions, interjection(self.messages, since)?),
        };
        Ok(ParsedConversation { system, history, new_input })
    }

    /// Where the question stands that this turn answers.
    fn question_of(&self, turn: &TurnId, since: usize) -> usize {
        let known = self.turns.iter().find(|(known, _)| known == turn).map(|(_, at)| *at);
        known.unwrap_or_else(|| last_question(&self.messages[..since]))
    }
}

fn say(messages: &mut Vec<PromptMessage>, role: Role, said: impl IntoIterator<Item = Part>) {
    match messages.last_mut() {
        Some(last) if last.role == role => last.parts.extend(said),
        _ => messages.push(PromptMessage { role, parts: said.into_iter().collect() }),
    }
}

/// What a user says with outcomes, wherever it stands among them.
fn interjection(messages: Vec<PromptMessage>, since: usize) -> Result<Option<Interjection>> {
    let (mut history, mut said) = (Vec::new(), Vec::new());
    for (at, PromptMessage { role, parts }) in messages.into_iter().enumerate() {
        if at >= since && role == Role::User { said.extend(parts) } else { say(&mut history, role, parts) }
    }
    let says = |part: &Part| part.as_text().is_none_or(|text| !text.trim().is_empty());
    said.retain(says);
    if said.is_empty() {
        return Ok(None);
    }
    Ok(Some(Interjection { question: Question::parse(said)?, history }))
}

fn last_question(messages: &[PromptMessage]) -> usize {
    messages.iter().rposition(|message| message.role == Role::User).unwrap_or_default()
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
        let mut parser = ConversationParser::default();
        parser.system("Be brief.");
        parser.user(Part::text("Hi"));
        parser.assistant(Part::text("Hello."));
        parser.user(Part::text("Who are you?"));
        let ParsedConversation { system, history, new_input } = parser.end().unwrap();
        assert_eq!(system.as_deref(), Some("Be brief."));
        assert_eq!(history.len(), 2);
        assert!(matches!(new_input, NewInput::Question(question) if question.text() == "Who are you?"));
    }

    #[test]
    fn what_came_of_calls_goes_to_the_turn_that_waits_and_what_led_to_it_is_not_told_twice() {
        let mut parser = ConversationParser::default();
        parser.user(Part::text("Hi"));
        parser.assistant(Part::text("Hello."));
        parser.user(Part::text("Which files are there, and how long are they?"));
        parser.called("call_7_a", "list", json!({}));
        parser.returned("call_7_a", outcome("x"));
        parser.called("call_7_b", "length", json!({"of": "x"}));
        parser.returned("call_7_b", outcome("3"));
        let ParsedConversation { history, new_input, .. } = parser.end().unwrap();
        assert_eq!(history.len(), 2);
        let NewInput::Decisions(decisions, _) = new_input else { panic!("{new_input:?}") };
        assert_eq!(decisions.len(), 1, "the first was told before: {decisions:?}");
        assert_eq!(decisions[0].0.to_string(), "call_7_b");
    }

    fn interjection(parser: ConversationParser) -> (Decisions, Interjection, usize) {
        let ParsedConversation { history, new_input, .. } = parser.end().unwrap();
        let NewInput::Decisions(decisions, Some(interjection)) = new_input else { panic!("{new_input:?}") };
        (decisions, interjection, history.len())
    }

    #[test]
    fn what_the_user_says_with_an_outcome_goes_to_the_turn_that_waits_or_is_a_question() {
        let mut parser = ConversationParser::default();
        parser.user(Part::text("What is in a?"));
        parser.called("call_7_a", "read", json!({}));
        parser.returned("call_7_a", outcome("x"));
        parser.user(Part::text("Be brief."));
        let (decisions, interjection, history) = interjection(parser);
        let heard = interjection.with(&decisions).unwrap();
        assert!(matches!(&heard[0].1, Decision::Outcome(o) if o.content == "x\n\nThe user says: Be brief."));
        assert_eq!(history, 0, "the turn knows its own question");
        assert_eq!((interjection.question.text().as_str(), interjection.history.len()), ("Be brief.", 2));
    }

    #[test]
    fn what_the_user_says_before_the_outcome_is_heard_with_it() {
        let mut parser = ConversationParser::default();
        parser.user(Part::text("What is in a?"));
        parser.called("call_7_a", "read", json!({}));
        parser.user(Part::text("Be brief."));
        parser.returned("call_7_a", outcome("x"));
        parser.user(Part::text(" "));
        parser.user(Part::text("Please."));
        let (decisions, interjection, history) = interjection(parser);
        let heard = interjection.with(&decisions).unwrap();
        let said = "x\n\nThe user says: Be brief.\n\nThe user says: Please.";
        assert!(matches!(&heard[0].1, Decision::Outcome(o) if o.content == said), "{heard:?}");
        assert_eq!((history, interjection.history.len()), (0, 2), "a result stands with its call");
    }

    #[test]
    fn leave_that_is_not_given_says_why_and_leave_that_is_given_holds_no_word() {
        for (decision, reason) in [
            (Decision::Deny { reason: None }, Some("Not today.")),
            (Decision::Deny { reason: Some("No.".to_owned()) }, Some("No.\n\nNot today.")),
            (Decision::Allow, None),
        ] {
            let mut parser = ConversationParser::default();
            parser.user(Part::text("Delete it."));
            parser.spoke();
            parser.decided("call_7_a", decision);
            parser.user(Part::text("Not today."));
            let (decisions, interjection, _) = interjection(parser);
            assert_eq!(interjection.question.text(), "Not today.");
            let heard = interjection.with(&decisions).map(|mut heard| heard.remove(0).1);
            assert_eq!(heard, reason.map(|reason| Decision::Deny { reason: Some(reason.to_owned()) }));
        }
    }

    #[test]
    fn a_turn_that_waits_a_second_time_is_told_nothing_since_its_question() {
        let mut parser = ConversationParser::default();
        parser.user(Part::text("Hi"));
        parser.assistant(Part::text("Hello."));
        parser.user(Part::text("What is in a and b?"));
        parser.called("call_7_a", "read", json!({}));
        parser.returned("call_7_a", outcome("x"));
        parser.user(Part::text("Be brief."));
        parser.called("call_7_b", "read", json!({}));
        parser.returned("call_7_b", outcome("y"));
        let ParsedConversation { history, new_input, .. } = parser.end().unwrap();
        assert!(matches!(new_input, NewInput::Decisions(decisions, None) if decisions.len() == 1));
        assert_eq!(history.len(), 2, "{history:?}");
    }

    #[test]
    fn who_ends_with_a_call_that_is_not_the_clients_waits_for_what_comes_of_it() {
        let mut parser = ConversationParser::default();
        parser.user(Part::text("Hi"));
        parser.assistant(Part::text("Hello."));
        parser.user(Part::text("Delete it."));
        parser.called_here("call_7_a", "look", json!({}));
        parser.returned_here("call_7_a", outcome("x"));
        parser.called_here("call_7_b", "delete", json!({}));
        let ParsedConversation { history, new_input, .. } = parser.end().unwrap();
        assert!(matches!(new_input, NewInput::Follow(call) if call.to_string() == "call_7_b"));
        assert_eq!(history.len(), 2);
    }

    #[test]
    fn who_goes_on_talking_does_not_wait() {
        let mut parser = ConversationParser::default();
        parser.user(Part::text("Delete it."));
        parser.called_here("call_7_b", "delete", json!({}));
        parser.user(Part::text("Never mind."));
        assert!(matches!(parser.end().unwrap().new_input, NewInput::Question(_)));
    }

    #[test]
    fn what_came_of_a_call_that_ran_here_is_no_news() {
        let mut parser = ConversationParser::default();
        parser.user(Part::text("Look, and open it."));
        parser.called_here("call_7_a", "look", json!({}));
        parser.called("call_7_b", "open", json!({}));
        parser.returned_here("call_7_a", outcome("x"));
        parser.returned("call_7_b", outcome("done"));
        let NewInput::Decisions(decisions, _) = parser.end().unwrap().new_input else { panic!() };
        assert_eq!(decisions.len(), 1);
    }

    #[test]
    fn calls_of_another_backend_are_history() {
        let mut parser = ConversationParser::default();
        parser.user(Part::text("The time?"));
        parser.called("toolu_1", "now", json!({}));
        parser.returned("toolu_1", outcome("noon"));
        parser.assistant(Part::text("Noon."));
        parser.user(Part::text("Thanks"));
        let ParsedConversation { history, new_input, .. } = parser.end().unwrap();
        assert_eq!(history[1].parts.len(), 3);
        assert!(matches!(new_input, NewInput::Question(_)));
    }

    #[test]
    fn who_asks_nothing_is_told_so() {
        assert!(ConversationParser::default().end().is_err());
        let mut parser = ConversationParser::default();
        parser.user(Part::text("Hi"));
        parser.assistant(Part::text("Hello."));
        assert!(parser.end().is_err());
    }
}
