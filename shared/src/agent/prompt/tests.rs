//! Whatever the history: the prompt fits, begins with a question, and parts no call from its result.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{Media, MediaContent, ToolCall, ToolOutcome};

fn message(role: Role, parts: Vec<Part>) -> PromptMessage {
    PromptMessage { role, parts }
}

fn question() -> Question {
    Question::parse(vec![Part::text("And now?")]).unwrap()
}

fn call(id: &str) -> Part {
    Part::ToolCall(ToolCall::new(CallId::from_provider(id), "now", json!({})))
}

fn result(id: &str) -> Part {
    let outcome = ToolOutcome { content: "noon".to_owned(), is_error: false };
    Part::ToolResult { call: CallId::from_provider(id), outcome }
}

#[test]
fn a_call_without_its_result_is_not_shown_to_a_provider_nor_a_result_without_its_call() {
    let parts = vec![
        Part::reasoning("hm"),
        result("early"),
        call("answered"),
        result("answered"),
        call("lost"),
        call("early"),
        result("answered"),
    ];
    let history = vec![message(Role::User, vec![Part::text("Hi")]), message(Role::Assistant, parts)];
    let messages = messages(history, &question());
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[1].parts, [call("answered"), result("answered")]);
}

#[test]
fn what_does_not_fit_goes_oldest_first_and_by_whole_turns() {
    let long = || Part::text("word ".repeat(1_000));
    let turn = || [message(Role::User, vec![long()]), message(Role::Assistant, vec![Part::text("Yes.")])];
    let history: Vec<_> = [turn(), turn(), turn(), turn()].into_iter().flatten().collect();
    let roles = |said: &[Part]| {
        let mut messages = messages(history.clone(), &question());
        fit(&mut messages, said, 2_500);
        messages.iter().map(|message| message.role).collect::<Vec<_>>()
    };
    assert_eq!(roles(&[]), [Role::User, Role::Assistant, Role::User, Role::Assistant, Role::User]);
    assert_eq!(roles(&[long()]), [Role::User, Role::Assistant, Role::User], "what the turn says needs room, too");
}

#[test]
fn the_question_stays_whole_however_small_the_room() {
    let mut messages = messages(vec![message(Role::User, vec![Part::text("Before?")])], &question());
    fit(&mut messages, &[], 0);
    assert_eq!(messages, [PromptMessage { role: Role::User, parts: question().into_parts() }]);
}

#[test]
fn a_question_is_refused_only_if_it_surely_does_not_fit_a_window_that_is_known() {
    let long = |words: usize| Question::parse(vec![Part::text("word ".repeat(words))]).unwrap();
    assert!(ContextWindow::of(Some(1_000)).check(&long(900)).is_ok());
    let refused = ContextWindow::of(Some(1_000)).check(&long(4_000)).unwrap_err();
    assert_eq!((refused.code().name(), refused.faults()[0].field.as_str()), ("question_too_long", "text"));
    assert!(ContextWindow::of(None).check(&long(200_000)).is_ok());
}

#[test]
fn the_answer_the_system_prompt_and_the_tools_have_their_place_in_the_window() {
    let spec = ToolSpec { name: "t".to_owned(), description: "word ".repeat(100), parameters: json!({}) };
    assert_eq!(
        ContextWindow::of(Some(8_000)).token_budget("", &[], None),
        8_000 - 2_000 - FRAME - estimated_tokens("[]")
    );
    assert!(ContextWindow::of(Some(8_000)).token_budget(&"word ".repeat(1_000), &[], None) < 5_000);
    assert!(ContextWindow::of(Some(8_000)).token_budget("", &[spec], None) < 5_900);
    assert!(ContextWindow::of(Some(1_000_000)).token_budget("", &[], None) > 983_000);
    assert!(ContextWindow::of(Some(1_000_000)).token_budget("", &[], Some(100_000)) < 900_000);
    assert!(
        ContextWindow::of(Some(8_000)).token_budget("", &[], Some(100_000)) > 3_900,
        "half of it is the conversation's"
    );
}

fn part() -> impl Strategy<Value = Part> {
    let id = prop::sample::select(vec!["a", "b", "c"]);
    let media = Media { media_type: "image/png".to_owned(), name: None, content: MediaContent::Data(String::new()) };
    prop_oneof![
        "(\\PC{0,8} ){0,60}".prop_map(Part::text),
        "\\PC{0,20}".prop_map(Part::reasoning),
        id.clone().prop_map(call),
        id.prop_map(result),
        Just(Part::Image(media)),
    ]
}

fn history() -> impl Strategy<Value = Vec<PromptMessage>> {
    let role = prop::sample::select(vec![Role::User, Role::Assistant]);
    let one = (role, prop::collection::vec(part(), 0..8)).prop_map(|(role, parts)| message(role, parts));
    prop::collection::vec(one, 0..MAX_MESSAGES)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_history_the_prompt_is_one_that_a_provider_takes(
        history in history(), said in prop::collection::vec(part(), 0..4), token_budget in 0_u64..6_000,
    ) {
        let all = messages(history, &question());
        let mut fitted = all.clone();
        fit(&mut fitted, &said, token_budget);

        let needed: u64 = cost(&said) + fitted.iter().map(|message| cost(&message.parts)).sum::<u64>();
        prop_assert!(needed <= token_budget || fitted.len() == 1, "{needed} in {token_budget}");
        prop_assert_eq!(fitted[0].role, Role::User);
        prop_assert_eq!(&fitted[fitted.len() - 1].parts, &question().into_parts());
        prop_assert!(all.ends_with(&fitted), "the newest stay as they are");
        for message in &fitted {
            let mut open = Vec::new();
            for part in &message.parts {
                match part {
                    Part::ToolCall(call) => open.push(call.id.clone()),
                    Part::ToolResult { call, .. } => {
                        let at = open.iter().position(|id| id == call);
                        prop_assert!(at.is_some(), "a result without its call");
                        open.remove(at.unwrap());
                    }
                    _ => {}
                }
            }
            prop_assert!(open.is_empty(), "calls without their results: {open:?}");
        }
    }

    #[test]
    fn nothing_is_left_out_without_need(history in history(), token_budget in 0_u64..6_000) {
        let all = messages(history, &question());
        let mut fitted = all.clone();
        fit(&mut fitted, &[], token_budget);
        let left_out = all.len() - fitted.len();
        if left_out > 0 {
            let newest_turn = all[..left_out].iter().rposition(|message| message.role == Role::User).unwrap();
            let with_it: u64 = FRAME + all[newest_turn..].iter().map(|message| cost(&message.parts)).sum::<u64>();
            prop_assert!(with_it > token_budget, "one more turn would have fitted: {with_it} in {token_budget}");
        }
    }
}
