//! Turns have their own bound: they go on when their readers have gone.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use shared::testing::{Actor, AskedTurn, Script, World, poll, problem};

async fn begin_and_hang_up(ada: &Actor) -> (String, String) {
    let mut turn = ada.ask("Tell me all.").await;
    turn.stream.until("Begun").await;
    drop(turn.stream);
    poll("the place to be free", async || ada.get("/sessions").await.status().is_success().then_some(())).await;
    (turn.id, turn.session)
}

fn in_two_parts() -> Script {
    Script::new().say("Begun, ").gate("rest").say("and told.").finish()
}

async fn overloaded(reply: Response) {
    assert_eq!((reply.status().as_u16(), reply.headers()["retry-after"].to_str().unwrap()), (503, "2"));
    assert_eq!(problem(reply).await["code"], "overloaded");
}

async fn ask(ada: &Actor) -> Response {
    ada.post("/consult", json!({ "text": "And me?" })).await
}

#[tokio::test]
async fn readers_who_hang_up_give_their_places_back_but_not_their_turns() {
    let world = World::with(in_two_parts()).await;
    let server = world.start_with(&[("MAX_REQUESTS", "2"), ("MAX_TURNS", "3")]).await;
    let ada = server.actor("ada").await;
    let mut turns = Vec::new();
    for _ in 0..3 {
        turns.push(begin_and_hang_up(&ada).await);
    }
    let before = world.items().await;

    overloaded(ask(&ada).await).await;
    assert_eq!(world.items().await, before, "nothing was begun");
    assert_eq!(world.provider.calls().len(), 3);
    let (cancelled, kept) = (&turns[0], &turns[1..]);
    assert_eq!(ada.cancel(&cancelled.0).await.status(), StatusCode::OK, "whoever wants less is heard");
    let (next, _) = begin_and_hang_up(&ada).await;

    world.provider.release("rest");
    for (turn, session) in kept {
        assert_eq!(ada.ended(turn).await["status"], "completed");
        assert_eq!(ada.transcript(session).await[1], "assistant completed: Begun, and told.");
    }
    assert_eq!(ada.ended(&next).await["status"], "completed");
    let asked = poll("room for a turn", async || Some(ask(&ada).await).filter(|reply| reply.status() == 200)).await;
    assert_eq!(AskedTurn::of(asked).await.text().await, "Begun, and told.");
}

#[tokio::test]
async fn however_a_turn_ends_there_is_room_for_the_next() {
    let world = World::with(Script::says("Yes.")).await;
    let server = world.start_with(&[("MAX_TURNS", "1")]).await;
    let ada = server.actor("ada").await;
    for script in [Script::fails(400), Script::fails(500), Script::html(), Script::new().say("Half").resets()] {
        world.provider.then(script);
        ada.ask("Will it fail?").await.frames().await;
    }
    let refused = ada.post("/consult", json!({ "text": "Where?", "session": "nowhere" })).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    for _ in 0..2 {
        assert_eq!(ada.ask("And now?").await.text().await, "Yes.");
    }
}

/// A turn that waits takes no room; it needs one to go on.
#[tokio::test]
async fn a_decision_that_comes_in_a_rush_is_not_lost() {
    let wants_a_file =
        Script::new().calls_tool("call_file", "open_file", r#"{"path":"main.rs"}"#).finish_because("tool_calls");
    let world = World::with(wants_a_file).await;
    let server = world.start_with(&[("MAX_TURNS", "1")]).await;
    let ada = server.actor("ada").await;
    let tool = json!({ "name": "open_file", "description": "Reads a file.", "parameters": { "type": "object" } });
    let waiting = ada.consult(json!({ "text": "What does main do?", "tools": [tool] })).await;
    let turn = waiting.id.clone();
    waiting.frames().await;

    world.provider.then(in_two_parts()).then(Script::says("It prints."));
    let other = ada.ask("And something else?").await;
    let outcome = format!("/turns/{turn}/outcomes/call_file");
    let report = || ada.post(&outcome, json!({ "content": "fn main() {}" }));
    overloaded(report().await).await;
    let standing: Value = ada.read(&format!("/turns/{turn}")).await;
    assert_eq!(standing["status"], "waiting", "nothing was said of it");

    world.provider.release("rest");
    assert_eq!(other.text().await, "Begun, and told.");
    assert_eq!(AskedTurn::of(report().await).await.text().await, "It prints.");
}
