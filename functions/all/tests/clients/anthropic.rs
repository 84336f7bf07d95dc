//! Anthropic's SDKs at `POST /v1/messages`.

use serde_json::{Value, json};
use shared::testing::{Actor, Script, World};

use crate::client::run;

const SDKS: [&str; 2] = ["anthropic.mjs", "anthropic_client.py"];

fn ask(stream: bool, messages: &Value) -> Value {
    json!({ "model": "openai:fake", "max_tokens": 100, "stream": stream, "messages": messages })
}

fn text(message: &Value) -> String {
    let blocks = message["content"].as_array().expect("content").iter();
    blocks.filter_map(|block| block["text"].as_str()).collect()
}

async fn newest_session(ada: &Actor) -> String {
    ada.sessions().await.first().expect("a session").clone()
}

#[tokio::test]
async fn they_hear_what_history_holds_streamed_and_whole() {
    let world = World::with(Script::says("Grüß Gott, Ada. 👋🏽")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        for stream in [true, false] {
            world.provider.then(Script::says("Grüß Gott, Ada. 👋🏽"));
            let question = format!("Hello from {sdk}, {stream}");
            let message =
                run(sdk, &server.url, &ada, &ask(stream, &json!([{ "role": "user", "content": question }]))).await;
            assert_eq!(text(&message), "Grüß Gott, Ada. 👋🏽");
            let session = newest_session(&ada).await;
            let kept = [format!("user completed: {question}"), "assistant completed: Grüß Gott, Ada. 👋🏽".to_owned()];
            assert_eq!(ada.transcript(&session).await, kept);
        }
    }
}

#[tokio::test]
async fn what_they_send_again_is_not_stored_again() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let mut messages = json!([{ "role": "user", "content": "Hi" }]);
    let first = run("anthropic.mjs", &server.url, &ada, &ask(true, &messages)).await;
    messages.as_array_mut().unwrap().extend([
        json!({ "role": "assistant", "content": first["content"] }),
        json!({ "role": "user", "content": "Who are you?" }),
    ]);
    world.provider.then(Script::says("Counsel."));
    run("anthropic_client.py", &server.url, &ada, &ask(true, &messages)).await;
    assert_eq!(ada.sessions().await.len(), 1, "the same conversation is the same session");
    let session = newest_session(&ada).await;
    let kept = [
        "user completed: Hi",
        "assistant completed: Hello.",
        "user completed: Who are you?",
        "assistant completed: Counsel.",
    ];
    assert_eq!(ada.transcript(&session).await, kept);
    let prompt = world.provider.calls()[1].body["messages"].clone();
    assert_eq!(prompt.as_array().unwrap().len(), 4, "the system prompt and all three: {prompt}");
}

#[tokio::test]
async fn a_tool_of_the_clients_is_called_and_the_answer_goes_on() {
    let world = World::with(
        Script::new()
            .say("Let me look. ")
            .calls_tool("c1", "open_file", "{\"path\":\"a\"}")
            .finish_because("tool_calls"),
    )
    .await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let tools = json!([{ "name": "open_file", "description": "", "input_schema": { "type": "object" } }]);
        let mut messages = json!([{ "role": "user", "content": format!("What is in a? ({sdk})") }]);
        let mut body = ask(true, &messages);
        body["tools"] = tools.clone();
        let called = run(sdk, &server.url, &ada, &body).await;
        assert_eq!(called["stop_reason"], "tool_use");
        let call =
            called["content"].as_array().unwrap().iter().find(|block| block["type"] == "tool_use").unwrap().clone();
        assert_eq!(call["input"], json!({ "path": "a" }));
        let outcome = json!({ "type": "tool_result", "tool_use_id": call["id"], "content": "nothing" });
        messages.as_array_mut().unwrap().extend([
            json!({ "role": "assistant", "content": called["content"] }),
            json!({ "role": "user", "content": [outcome] }),
        ]);
        world.provider.then(Script::says("It is empty."));
        let mut body = ask(true, &messages);
        body["tools"] = tools;
        let message = run(sdk, &server.url, &ada, &body).await;
        assert_eq!(text(&message), "It is empty.");
        let session = newest_session(&ada).await;
        assert_eq!(ada.history(&session).await.len(), 2, "one question, one answer");
        world.provider.then(
            Script::new()
                .say("Let me look. ")
                .calls_tool("c1", "open_file", "{\"path\":\"a\"}")
                .finish_because("tool_calls"),
        );
    }
}
