//! A chat that names its session and knows no turns: what it wants anew, and what it may decide.

use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::{Actor, Script, StoreFault, World};

fn user(text: &str) -> Value {
    json!({ "id": "u", "role": "user", "parts": [{ "type": "text", "text": text }] })
}

async fn say(actor: &Actor, body: Value) -> (StatusCode, String) {
    let reply = actor.post("/api/chat", body).await;
    (reply.status(), reply.text().await.unwrap())
}

async fn regenerate(actor: &Actor, question: &str) -> (StatusCode, String) {
    let body = json!({ "id": "chat", "messages": [user(question)], "trigger": "regenerate-message" });
    say(actor, body).await
}

/// The model has called `open_file`, which the chat runs; the name of the call.
async fn waits_for_a_file(world: &World, actor: &Actor) -> String {
    world.provider.then(Script::new().calls_tool("c1", "open_file", "{}").finish_because("tool_calls"));
    let tool = json!({ "name": "open_file", "description": "Opens", "parameters": { "type": "object" } });
    let (_, told) = say(actor, json!({ "id": "chat", "messages": [user("What is in a?")], "tools": [tool] })).await;
    told.split('"').find(|word| word.starts_with("call_")).expect("a call").to_owned()
}

fn came_of(call: &str, output: &str) -> Value {
    let part = json!({ "type": "tool-open_file", "toolCallId": call, "state": "output-available", "output": output });
    let message = json!({ "id": "a", "role": "assistant", "parts": [part] });
    json!({ "id": "chat", "messages": [user("What is in a?"), message] })
}

#[tokio::test]
async fn an_answer_goes_only_when_the_new_one_is_stored_and_then_it_goes() {
    let world = World::with(Script::says("Good.")).await;
    world.provider.then(Script::says("Bad."));
    let server = world.start_behind_proxy().await;
    let ada = server.actor("ada").await;
    say(&ada, json!({ "id": "chat", "messages": [user("Hi")] })).await;

    world.proxy.set(StoreFault::Fail.only("BatchWriteItem"));
    let (status, told) = regenerate(&ada, "Hi").await;
    assert!(status.is_success() && told.contains("Good."), "{told}");
    let stored = world.keys().await.into_iter().filter(|key| key.contains("MSG#")).count();
    assert_eq!(stored, 4, "nothing is lost meanwhile");
    world.proxy.clear();

    assert_eq!(ada.transcript("chat").await, ["user completed: Hi", "assistant completed: Good."]);
    assert_eq!(ada.read("/sessions/chat").await["open_turn"], Value::Null);
}

#[tokio::test]
async fn another_question_replaces_nothing() {
    let world = World::with(Script::says("Good.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    regenerate(&ada, "Hi").await;
    regenerate(&ada, "Hi there").await;
    let of_another = json!({
        "id": "chat", "messages": [user("Hi there")], "trigger": "regenerate-message", "messageId": "1",
    });
    say(&ada, of_another).await;
    assert_eq!(ada.history("chat").await.len(), 6, "the last exchange has asked something else, or was not meant");
    regenerate(&ada, "Hi there").await;
    assert_eq!(ada.history("chat").await.len(), 6);
}

#[tokio::test]
async fn the_same_key_wants_one_answer_anew_not_two() {
    let world = World::with(Script::says("Good.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for _ in 0..2 {
        say(&ada, json!({ "id": "chat", "messages": [user("Hi")] })).await;
    }
    let body = json!({ "id": "chat", "message": user("Hi"), "trigger": "regenerate-message" });
    for _ in 0..3 {
        let request = ada.request(reqwest::Method::POST, "/api/chat").header("idempotency-key", "k").json(&body);
        assert!(request.send().await.unwrap().text().await.unwrap().contains("Good."));
    }
    assert_eq!((ada.history("chat").await.len(), world.provider.calls().len()), (4, 3));
    let prompt = &world.provider.calls()[2].body["messages"];
    assert_eq!(prompt.as_array().unwrap().len(), 4, "the old answer is not told: {prompt}");
}

#[tokio::test]
async fn a_strangers_word_on_a_call_is_not_heard_and_one_that_is_too_long_changes_nothing() {
    let world = World::with(Script::says("It is empty.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let call = waits_for_a_file(&world, &ada).await;

    let (status, said) = say(&eve, came_of(&call, "Eve's")).await;
    assert_eq!((status, said.starts_with('{')), (StatusCode::NOT_FOUND, false), "{said}");
    let (status, said) = say(&ada, came_of(&call, &"x".repeat(60_001))).await;
    assert_eq!((status, said.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "content has at most 60000 characters."));
    eve.post("/api/chat/chat/stop", json!({})).await;
    let unknown = call.replace("c1", "c2");
    assert_eq!(say(&ada, came_of(&unknown, "?")).await.0, StatusCode::NOT_FOUND);

    let (_, told) = say(&ada, came_of(&call, "nothing")).await;
    assert!(told.contains("empty"), "{told}");
    assert_eq!(ada.transcript("chat").await, ["user completed: What is in a?", "assistant completed: It is empty."]);
}
