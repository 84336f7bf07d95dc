//! What has expired is not there, even while DynamoDB has not got round to deleting it.

use serde_json::{Value, json};
use shared::testing::{AskedTurn, Script, World};

/// Lets everything that will expire some day have expired an hour ago.
async fn let_expire(world: &World) {
    let items = world.items().await;
    let hour_ago = |item: &Value| item["at"]["N"].as_str().map_or(0, |at| at.parse::<i64>().unwrap() / 1000) - 3600;
    let now = items.iter().map(hour_ago).max().unwrap();
    for mut item in items.into_iter().filter(|item| !item["expires_at"].is_null()) {
        item["expires_at"]["N"] = json!(now.to_string());
        world.put_item(&item).await;
    }
}

#[tokio::test]
async fn an_expired_turn_is_gone_and_its_messages_stay() {
    let world = World::with(Script::says("An old answer.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("An old question?").await;
    let (id, session) = (turn.id.clone(), turn.session.clone());
    turn.text().await;

    let_expire(&world).await;

    assert_eq!(ada.get(&format!("/turns/{id}")).await.status(), 404);
    assert_eq!(ada.resume(&id, 0).await.status(), 404);
    assert_eq!(
        ada.transcript(&session).await,
        ["user completed: An old question?", "assistant completed: An old answer."]
    );
}

#[tokio::test]
async fn an_expired_key_asks_anew() {
    let world = World::with(Script::says("The new answer.")).await;
    world.provider.then(Script::says("The old answer, which was rather long."));
    let server = world.start().await;
    let ada = server.actor("ada").await;
    ada.post("/sessions", json!({ "id": "s" })).await;
    let old = json!({ "text": "Again? ".repeat(60_000), "session": "s" });
    let new = json!({ "text": "Again?", "session": "s" });
    AskedTurn::of(ada.consult_with_key("k", &old).await).await.text().await;

    let_expire(&world).await;

    let turn = AskedTurn::of(ada.consult_with_key("k", &new).await).await;
    let id = turn.id.clone();
    assert_eq!(turn.text().await, "The new answer.");
    assert_eq!(ada.ended(&id).await["question"]["parts"][0]["text"], "Again?");
    let kept = ada.transcript("s").await;
    assert_eq!(kept[2..], ["user completed: Again?", "assistant completed: The new answer."]);
}

#[tokio::test]
async fn a_deleted_sessions_id_can_be_used_again_when_its_stone_has_expired() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    ada.post("/sessions", json!({ "id": "s", "title": "The first" })).await;
    ada.delete("/sessions/s").await;
    assert_eq!(ada.post("/sessions", json!({ "id": "s" })).await.status(), 409);

    let_expire(&world).await;

    assert_eq!(ada.post("/sessions", json!({ "id": "s", "title": "The second" })).await.status(), 201);
    assert_eq!(ada.sessions().await, ["s"]);
    assert_eq!(ada.ask_in("s", "Hello?").await.text().await, "Hello.");
}
