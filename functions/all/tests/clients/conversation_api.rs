//! The Conversation API's stream is compatible with Anthropic's client, which accumulates it into a message.

use serde_json::{Value, json};
use shared::testing::{Script, World};

use crate::client::run;

#[tokio::test]
async fn anthropics_client_hears_what_the_conversation_holds() {
    let world = World::with(Script::says("Grüß Gott, Ada. 👋🏽")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let talk: Value = ada.post("/api/v1/conversations/", json!({})).await.json().await.unwrap();
    let messages = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
    let said = json!({ "path": format!("{messages}/stream"), "content": "Hello" });
    let message = run("conversation_api_client.py", &server.url, &ada, &said).await;
    assert_eq!(message["stop_reason"], "end_turn");
    let kept = ada.read(&messages).await;
    assert_eq!((&kept[0]["content"], &kept[1]["content"]), (&json!("Hello"), &message["content"][0]["text"]));
    assert_eq!(kept[1]["content"], "Grüß Gott, Ada. 👋🏽");
}
