//! Gemini, by its own API and on Vertex AI.

use shared::llm::drivers;
use shared::testing::{Cassette, Cassettes};

use super::{ask, breaks_off_wherever_it_is_cut, question, recordings, refusals_are_ours};

const THOUGHTS: &str = "llm/gemini/cassettes/thoughts-then-signed-call.sse";
const PLAIN: &str = "llm/gemini/cassettes/plain.sse";
const MODEL: &str = "gemini-2.5-flash";

#[tokio::test]
async fn the_api_is_asked_with_a_key_and_the_model_in_the_path() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    let heard = ask(&drivers::gemini(&cassettes.url()), question(MODEL)).await;
    assert_eq!((heard.text().as_str(), heard.code()), ("Grüß dich, Ada 👋", "no error"));
    let call = &cassettes.calls()[0];
    let path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", path));
    assert_eq!(call.headers["x-goog-api-key"], drivers::KEY);
    assert!(!call.headers.contains_key("authorization"));
    assert_eq!(call.body["contents"][0]["parts"][0]["text"], "Hello?");
}

#[tokio::test]
async fn vertex_is_asked_with_a_token_and_for_a_project() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    let heard = ask(&drivers::vertex(&cassettes.url(), "my-project", "europe-west3"), question(MODEL)).await;
    assert_eq!(heard.text(), "Grüß dich, Ada 👋");
    let call = &cassettes.calls()[0];
    let model = "/v1/projects/my-project/locations/europe-west3/publishers/google/models/gemini-2.5-flash";
    assert_eq!(call.path, format!("{model}:streamGenerateContent?alt=sse"));
    assert_eq!(call.headers["authorization"], format!("Bearer {}", drivers::KEY));
    assert!(!call.headers.contains_key("x-goog-api-key"));
}

#[tokio::test]
async fn every_recording_ends_whole_or_with_its_error() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    let model = drivers::gemini(&cassettes.url());
    let all = recordings("gemini");
    assert!(all.len() >= 8);
    for (name, cassette) in all {
        cassettes.then(cassette);
        let heard = ask(&model, question(MODEL)).await;
        let expected = match name.as_str() {
            "cut.sse" => ("model_cut_off", false),
            "error-mid-stream.sse" => ("model_busy", false),
            _ => ("no error", true),
        };
        assert_eq!((heard.code(), heard.is_whole()), expected, "{name}");
    }
}

#[tokio::test]
async fn a_broken_answer_is_never_taken_for_a_whole_one() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    let model = drivers::gemini(&cassettes.url());
    breaks_off_wherever_it_is_cut(&cassettes, &model, MODEL, THOUGHTS).await;
}

#[tokio::test]
async fn a_refusal_is_told_in_our_words() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    refusals_are_ours(&cassettes, &drivers::gemini(&cassettes.url()), MODEL).await;
}

#[tokio::test]
async fn a_model_name_that_leads_elsewhere_is_not_asked_for() {
    let cassettes = Cassettes::start(Cassette::read(PLAIN)).await;
    let heard = ask(&drivers::gemini(&cassettes.url()), question("../../upload?x=")).await;
    assert_eq!((heard.code(), cassettes.calls().len()), ("model_not_found", 0));
}
