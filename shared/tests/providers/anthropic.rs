//! Anthropic Messages.

use shared::domain::{ModelEvent, StopReason};
use shared::llm::drivers;
use shared::testing::{Cassette, Cassettes};

use super::{ask, breaks_off_wherever_it_is_cut, question, recordings, refusals_are_ours};

const PLAIN: &str = "llm/anthropic/cassettes/plain.sse";
const MODEL: &str = "claude-sonnet-4-5";

#[tokio::test]
async fn a_question_is_a_post_with_key_and_version() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    let heard = ask(&drivers::anthropic(&cassettes.url()), question(MODEL)).await;
    assert_eq!((heard.text().as_str(), heard.code()), ("Grüß dich, Ada 👋", "no error"));
    let calls = cassettes.calls();
    let call = &calls[0];
    assert_eq!((calls.len(), call.method.as_str(), call.path.as_str()), (1, "POST", "/v1/messages"));
    assert_eq!(call.headers["x-api-key"], drivers::KEY);
    assert_eq!(call.headers["anthropic-version"], "2023-06-01");
    assert!(!call.headers.contains_key("authorization"));
    assert_eq!((&call.body["model"], &call.body["stream"]), (&MODEL.into(), &true.into()));
}

#[tokio::test]
async fn every_recording_ends_whole_or_with_its_error() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    let model = drivers::anthropic(&cassettes.url());
    let all = recordings("anthropic");
    assert!(all.len() >= 8);
    for (name, cassette) in all {
        cassettes.then(cassette);
        let heard = ask(&model, question(MODEL)).await;
        let expected = match name.as_str() {
            "cut.sse" => ("model_cut_off", false),
            "overloaded-mid-stream.sse" => ("model_busy", false),
            _ => ("no error", true),
        };
        assert_eq!((heard.code(), heard.is_whole()), expected, "{name}");
    }
}

#[tokio::test]
async fn a_broken_answer_is_never_taken_for_a_whole_one() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    let model = drivers::anthropic(&cassettes.url());
    breaks_off_wherever_it_is_cut(&cassettes, &model, MODEL, PLAIN).await;
}

#[tokio::test]
async fn a_refusal_is_told_in_our_words() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    refusals_are_ours(&cassettes, &drivers::anthropic(&cassettes.url()), MODEL).await;
}

#[tokio::test]
async fn a_provider_that_does_not_hang_up_is_not_waited_for() {
    let plain = Cassette::read(PLAIN);
    let cassettes = Cassettes::start(plain.clone().stalls_at(plain.len())).await;
    let heard = ask(&drivers::anthropic(&cassettes.url()), question(MODEL)).await;
    assert!(matches!(heard.events.last(), Some(ModelEvent::StepEnded { stop: StopReason::Finished, .. })));
}
