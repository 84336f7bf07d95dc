//! What turns of every kind have used up.

use super::*;
use crate::domain::{StopReason, TextKind, Transcript};

const PRICE: Price = Price { input: 10, cached_input: None, output: 100, up_to_input_tokens: None };

fn asked(prompt_tokens: u64, price: Option<Price>) -> TurnEvent {
    TurnEvent::ModelAsked { model: ModelRef::parse("openai:a"), prompt_tokens, price }
}

fn said(text: &str) -> TurnEvent {
    TurnEvent::Model(ModelEvent::TextDelta { block: 0, kind: TextKind::Answer, text: text.to_owned() })
}

fn counted(input: u64, output: u64) -> TurnEvent {
    let usage = Usage { input_tokens: Some(input), output_tokens: Some(output), ..Usage::default() };
    step_ended(usage)
}

fn step_ended(usage: Usage) -> TurnEvent {
    TurnEvent::Model(ModelEvent::StepEnded { stop: StopReason::Finished, usage })
}

fn completed() -> TurnEvent {
    TurnEvent::Ended(Ending::Completed { stop: StopReason::Finished, usage: Usage::default() })
}

fn failed() -> TurnEvent {
    TurnEvent::Ended(Ending::Failed { code: "model_busy".to_owned(), detail: String::new(), retry_after: None })
}

/// Input, output, whether estimated, cost.
fn tally(events: &[TurnEvent]) -> (Option<u64>, Option<u64>, bool, Option<u64>) {
    let spent = Transcript::of(events).tally().spent(None);
    let Usage { input_tokens, output_tokens, estimated, .. } = spent.usage;
    (input_tokens, output_tokens, estimated, spent.cost.map(Cost::pico_usd))
}

#[test]
fn steps_are_added_up_as_the_provider_counted_them() {
    let events =
        [asked(9, Some(PRICE)), said("x"), counted(7, 3), asked(9, Some(PRICE)), said("y"), counted(8, 4), completed()];
    assert_eq!(tally(&events), (Some(15), Some(7), false, Some(15 * 10 + 7 * 100)));
}

#[test]
fn an_answer_that_nobody_counted_is_counted_by_its_length() {
    let events = [asked(9, Some(PRICE)), said("Hello"), said(", Ada!"), step_ended(Usage::default()), completed()];
    assert_eq!(tally(&events), (Some(9), Some(4), true, Some(9 * 10 + 4 * 100)));
}

#[test]
fn a_call_that_broke_off_costs_its_prompt_and_what_was_said() {
    for ending in [Ending::Cancelled, Ending::Interrupted] {
        let events = [asked(9, Some(PRICE)), said("Hello"), TurnEvent::Ended(ending.clone())];
        assert_eq!(tally(&events), (Some(9), Some(1), true, Some(9 * 10 + 100)));
        let events = [asked(9, Some(PRICE)), TurnEvent::Ended(ending)];
        assert_eq!(tally(&events), (Some(9), Some(0), true, Some(9 * 10)));
    }
    let events = [asked(9, Some(PRICE)), said("Hello"), failed()];
    assert_eq!(tally(&events), (Some(9), Some(1), true, Some(9 * 10 + 100)));
}

#[test]
fn a_call_that_was_refused_costs_nothing() {
    assert_eq!(tally(&[asked(9, Some(PRICE)), failed()]), (None, None, false, Some(0)));
    let taken_over = [asked(9, None), asked(9, Some(PRICE)), said("x"), counted(7, 3), completed()];
    assert_eq!(tally(&taken_over), (Some(7), Some(3), false, Some(7 * 10 + 3 * 100)));
}

#[test]
fn an_unknown_price_is_unknown_and_not_zero() {
    let half = [asked(9, Some(PRICE)), counted(7, 3), asked(9, None), counted(8, 4), completed()];
    assert_eq!(tally(&half), (Some(15), Some(7), false, None));
    let sum = UsageSum::of(&Transcript::of(&half).tally().spent(None));
    assert_eq!((sum.turns, sum.unpriced_turns, sum.cost()), (1, 1, None));
    let known = UsageSum::of(&Transcript::of(&[asked(1, Some(PRICE)), counted(1, 0)]).tally().spent(None));
    assert_eq!(sum.plus(known).cost(), Some(Cost::from_pico_usd(10)));
}

#[test]
fn the_model_that_was_asked_last_has_answered() {
    let other = TurnEvent::ModelAsked { model: ModelRef::parse("openai:b"), prompt_tokens: 1, price: None };
    let events = [asked(9, None), other, said("x")];
    assert_eq!(Transcript::of(&events).tally().model(), Some(&ModelRef::parse("openai:b")));
}

#[test]
fn it_does_not_matter_how_the_log_was_cut() {
    let whole = [asked(9, None), said("Grüß Gott"), TurnEvent::Ended(Ending::Cancelled)];
    let cut = [asked(9, None), said("Gr"), said("üß"), said(" Gott"), TurnEvent::Ended(Ending::Cancelled)];
    assert_eq!(tally(&whole), tally(&cut));
}
