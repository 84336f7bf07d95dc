//! When a model is asked again, when it is not, and how long anybody waits (promises P1–P4).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::testing::{Actor, Script, World, text_of_message};

/// The ended turn, its text, and how long it took.
async fn ask(ada: &Actor) -> (Value, String, Duration) {
    let asked = Instant::now();
    let turn = ada.ask("Well?").await;
    let id = turn.id.clone();
    turn.frames().await;
    let took = asked.elapsed();
    let turn = ada.read(&format!("/turns/{id}")).await;
    let text = if turn["answer"].is_object() { text_of_message(&turn["answer"]) } else { String::new() };
    (turn, text, took)
}

#[tokio::test]
async fn a_provider_that_asks_for_patience_gets_it_and_answers_at_last() {
    for (what, script, least) in [
        ("seconds", Script::busy(429, 1), 1_000),
        ("milliseconds", Script::status(503, &[("retry-after-ms", "700")], ""), 700),
        ("overloaded", Script::busy(529, 1), 1_000),
        ("nothing said", Script::fails(503), 0),
        ("too slow for itself", Script::fails(408), 0),
        ("a broken gateway", Script::fails(502), 0),
        ("reset before the first byte", Script::new().resets(), 0),
    ] {
        let world = World::with(Script::says("At last.")).await;
        world.provider.then(script);
        let server = world.start().await;

        let (turn, text, took) = ask(&server.actor("ada").await).await;

        assert_eq!((turn["status"].as_str(), text.as_str()), (Some("completed"), "At last."), "{what}");
        assert_eq!(world.provider.calls().len(), 2, "{what}");
        assert_eq!(world.provider.calls()[0].body, world.provider.calls()[1].body, "{what}: the same question");
        assert!(took >= Duration::from_millis(least), "{what}: took {took:?}");
    }
}

#[tokio::test]
async fn three_calls_are_all_that_a_provider_gets() {
    for (script, code) in [
        (Script::fails(503), "model_unavailable"),
        (Script::busy(429, 0), "model_busy"),
        (Script::new().resets(), "model_unreachable"),
    ] {
        let world = World::with(script).await;
        let server = world.start().await;

        let (turn, _, _) = ask(&server.actor("ada").await).await;

        assert_eq!((turn["status"].as_str(), turn["error"]["code"].as_str()), (Some("failed"), Some(code)));
        assert_eq!(world.provider.calls().len(), 3, "{code}");
    }
}

#[tokio::test]
async fn what_the_same_question_cannot_cure_is_asked_once() {
    for (script, code) in [
        (Script::fails(400), "model_refused"),
        (Script::fails(401), "model_refused_us"),
        (Script::fails(404), "model_not_found"),
        (Script::fails(413), "model_refused"),
        (Script::fails(422), "model_refused"),
        (Script::status(307, &[("location", "http://127.0.0.1:1/")], ""), "model_garbled"),
        (Script::html(), "model_garbled"),
        (Script::busy(429, 3_600), "model_busy"),
    ] {
        let world = World::with(script).await;
        let server = world.start().await;

        let (turn, _, _) = ask(&server.actor("ada").await).await;

        assert_eq!((turn["status"].as_str(), turn["error"]["code"].as_str()), (Some("failed"), Some(code)));
        let wait = (code == "model_busy").then_some(3_600);
        assert_eq!(turn["error"]["retry_after"].as_u64(), wait, "who is told to wait is told how long");
        assert_eq!(world.provider.calls().len(), 1, "{code}");
    }
}

/// Somebody who has to wait longer than we would hears for how long.
#[tokio::test]
async fn a_wait_beyond_our_patience_is_told_and_not_waited() {
    let world = World::with(Script::busy(429, 5)).await;
    let server = world.start_with(&[("MODEL_FIRST_TOKEN_TIMEOUT_MS", "3000")]).await;

    let (turn, _, _) = ask(&server.actor("ada").await).await;

    let detail = turn["error"]["detail"].as_str().unwrap();
    assert!(detail.ends_with("Please ask again in 5 s."), "{detail}");
    assert!(!detail.contains("slow down"), "the provider's words stay with it");
    assert_eq!(world.provider.calls().len(), 1);
}

#[tokio::test]
async fn nothing_is_asked_again_once_something_was_said() {
    let broken = json!({ "error": { "message": "overloaded", "type": "overloaded_error" } });
    for (what, script, status) in [
        ("reset", Script::new().say("So far").resets(), "interrupted"),
        ("an error in the stream", Script::new().say("So far").event(broken), "failed"),
        ("a thought", Script::new().reason("Hm.").resets(), "interrupted"),
    ] {
        let world = World::with(script).await;
        let server = world.start().await;

        let (turn, text, _) = ask(&server.actor("ada").await).await;

        assert_eq!(turn["status"], status, "{what}");
        assert_eq!(text, if what == "a thought" { "" } else { "So far" }, "{what}");
        assert_eq!(world.provider.calls().len(), 1, "{what}");
    }
}

#[tokio::test]
async fn a_cancel_while_we_wait_to_ask_again_ends_the_waiting() {
    let world = World::with(Script::busy(429, 50)).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("Well?").await;
    world.provider.wait_for_calls(1).await;
    server.process.wait_for_line("model is asked again").await;

    let asked = Instant::now();
    let reply: Value = ada.cancel(&turn.id).await.json().await.unwrap();

    assert_eq!(reply["status"], "cancelled");
    assert!(asked.elapsed() < Duration::from_secs(4), "took {:?}", asked.elapsed());
    assert_eq!(turn.text().await, "");
    assert_eq!(world.provider.calls().len(), 1);
}

#[tokio::test]
async fn a_deploy_while_we_wait_to_ask_again_ends_the_waiting() {
    let world = World::with(Script::busy(429, 50)).await;
    let mut server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("Well?").await;
    let id = turn.id.clone();
    server.process.wait_for_line("model is asked again").await;

    server.process.terminate();

    assert_eq!(turn.text().await, "");
    server.process.wait().await;
    let other = world.start().await;
    assert_eq!(ada.at(&other).ended(&id).await["status"], "interrupted");
    assert_eq!(world.provider.calls().len(), 1);
}

/// The time for the first token is that of all calls together.
#[tokio::test]
async fn waiting_to_ask_again_counts_as_waiting_for_the_first_token() {
    let world = World::with(Script::silent()).await;
    world.provider.then(Script::busy(429, 1));
    let server = world.start_with(&[("MODEL_FIRST_TOKEN_TIMEOUT_MS", "3000")]).await;

    let (turn, _, took) = ask(&server.actor("ada").await).await;

    assert_eq!(turn["error"]["code"], "model_silent");
    assert_eq!(world.provider.calls().len(), 2);
    assert!((Duration::from_secs(3)..Duration::from_secs(6)).contains(&took), "took {took:?}");
}
