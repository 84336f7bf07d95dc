//! Stop means stop, wherever it is said (promise P8).

use std::time::{Duration, Instant};

use shared::testing::{Script, World, endings_of, text_of};

/// Tokens for about 20 s, unless somebody stops them.
fn long_answer() -> Script {
    (0..1_000).fold(Script::new(), |script, n| script.say(&format!("t{n} ")).pause(Duration::from_millis(20))).finish()
}

async fn a_cancel_elsewhere_stops(script: Script, shown: &str) {
    let world = World::with(script).await;
    // With the lease that a deployed process has: its heartbeats come too seldom to find the cancel.
    let server = world.start_with(&[("TURN_LEASE_MS", "20000")]).await;
    let other = world.start_with(&[("TURN_LEASE_MS", "20000")]).await;
    let ada = server.actor("ada").await;
    let mut turn = ada.ask("Tell me everything.").await;
    let mut said = turn.stream.until(shown).await;
    world.provider.wait_for_calls(1).await;
    if !shown.is_empty() {
        ada.logged(&turn.id, shown).await;
    }

    let asked = Instant::now();
    let reply = ada.at(&other).cancel(&turn.id).await;
    world.provider.wait_for_aborted(1).await;
    assert!(asked.elapsed() < Duration::from_secs(4), "took {:?}", asked.elapsed());

    assert_eq!(reply.json::<serde_json::Value>().await.unwrap()["status"], "cancelled");
    let session = turn.session.clone();
    let frames = turn.frames().await;
    assert_eq!(endings_of(&frames), ["abort"]);
    said += &text_of(&frames);
    assert_eq!(
        ada.at(&other).transcript(&session).await,
        ["user completed: Tell me everything.".to_owned(), format!("assistant cancelled: {said}")]
    );
    assert_eq!(world.provider.calls().len(), 1);
}

#[tokio::test]
async fn a_cancel_at_another_process_stops_an_answer_that_flows() {
    a_cancel_elsewhere_stops(long_answer(), "t5 ").await;
}

#[tokio::test]
async fn a_cancel_at_another_process_stops_a_model_that_fell_silent() {
    a_cancel_elsewhere_stops(Script::new().say("Half.").stalls(), "Half.").await;
}

#[tokio::test]
async fn a_cancel_at_another_process_stops_a_model_that_never_spoke() {
    a_cancel_elsewhere_stops(Script::silent(), "").await;
}

#[tokio::test]
async fn a_cancel_after_the_end_changes_nothing() {
    let world = World::with(Script::says("All of it.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("All?").await;
    let (id, session) = (turn.id.clone(), turn.session.clone());
    turn.frames().await;

    let before = ada.read(&format!("/turns/{id}")).await;
    let reply = ada.cancel(&id).await;

    assert_eq!(reply.status(), 200);
    assert_eq!(reply.json::<serde_json::Value>().await.unwrap(), before);
    assert_eq!(ada.transcript(&session).await, ["user completed: All?", "assistant completed: All of it."]);
}

#[tokio::test]
async fn a_stranger_cannot_stop_an_answer() {
    let world = World::with(Script::new().say("Not ").gate("rest").say("yours.").finish()).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let turn = ada.ask("Whose?").await;

    assert_eq!(eve.cancel(&turn.id).await.status(), 404);

    world.provider.release("rest");
    assert_eq!(turn.text().await, "Not yours.");
}
