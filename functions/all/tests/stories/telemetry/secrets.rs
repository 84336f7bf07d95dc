//! Canaries in every place that a client, a provider or a tool can write to: no process prints one, at no level. What
//! it prints is looked through when it ends, as in every other test (`shared::testing::plant`).

use reqwest::{Method, StatusCode};
use serde_json::json;
use shared::testing::{Actor, Script, Server, World, plant};

/// One for each place, so that a finding names the place that printed it.
const CANARIES: [&str; 14] = [
    "sk-canary-of-the-provider",
    "canary-in-the-question",
    "canary-in-the-answer",
    "canary-in-the-arguments",
    "canary-in-the-outcome",
    "canary-in-the-refusal",
    "canary-in-the-query",
    "canary-in-the-path",
    "canary-in-a-header",
    "canary-in-a-cookie",
    "canary-as-a-token",
    "canary-as-a-method",
    "canary@example.com",
    "canary-in-a-field",
];

async fn start(world: &World) -> Server {
    CANARIES.iter().for_each(|canary| plant(canary));
    world.start_with(&[("OPENAI_API_KEY", CANARIES[0]), ("TOOLS_TO_APPROVE", "get_joke")]).await
}

/// Bodies that cannot be used, each with a canary where a parser would quote it.
async fn send_what_cannot_be_read(ada: &Actor) {
    for body in [
        json!({ "text": ["canary-in-a-field"] }),
        json!({ "parts": "canary-in-a-field" }),
        json!({ "parts": [{ "type": "canary-in-a-field" }] }),
        json!({ "text": "x", "model": "canary-in-a-field" }),
        json!({ "text": "x", "model": "openai:canary@example.com" }),
        json!({ "text": "x", "session": "canary in a field" }),
        json!({ "text": "x", "reasoning": "canary-in-a-field" }),
        json!({ "canary-in-a-field": "x" }),
    ] {
        ada.post("/consult", body).await;
    }
    for path in ["/v1/messages", "/v1/chat/completions", "/v1/responses", "/api/chat", "/tickets", "/me/keys"] {
        ada.post(path, json!({ "messages": "canary-in-a-field", "input": 7, "name": ["canary-in-a-field"] })).await;
    }
    let torn = ada.request(Method::POST, "/consult").header("content-type", "application/json");
    torn.body(r#"{"text": "canary-in-the-question"#).send().await.unwrap();
}

async fn knock_everywhere(ada: &Actor) {
    let with = |path: &str| ada.request_without_token(Method::GET, path);
    for path in [
        "/canary-in-the-path",
        "/sessions/canary-in-the-path",
        "/sessions/canary@example.com",
        "/turns/canary%40example.com",
    ] {
        ada.get(path).await;
    }
    for query in ["ticket=canary-in-the-query", "limit=canary-in-the-query", "cursor=canary-in-the-query"] {
        ada.get(&format!("/sessions?{query}")).await;
        with(&format!("/sessions?{query}")).send().await.unwrap();
    }
    with("/callback?code=canary-in-the-query&state=canary-in-the-query").send().await.unwrap();
    with("/login?return_to=https://canary@example.com&provider=canary-in-the-query").send().await.unwrap();
    with("/me").bearer_auth("canary-as-a-token").send().await.unwrap();
    with("/me").header("x-api-key", "canary-as-a-token").send().await.unwrap();
    with("/me").header("cookie", "access=canary-in-a-cookie; refresh=canary-in-a-cookie").send().await.unwrap();
    with("/me")
        .header("x-request-id", "canary in a header")
        .header("traceparent", "canary-in-a-header")
        .send()
        .await
        .unwrap();
    ada.request(Method::from_bytes(b"canary-as-a-method").unwrap(), "/me").send().await.unwrap();
}

#[tokio::test]
async fn a_question_its_answer_and_its_tools_are_nobodys_business() {
    let call = |name| {
        Script::new()
            .calls_tool("call_1", name, r#"{"location": "canary-in-the-arguments"}"#)
            .finish_because("tool_calls")
    };
    let world = World::with(Script::says("canary-in-the-answer")).await;
    let server = start(&world).await;
    let ada = server.actor("ada").await;

    for tool in ["now", "canary-in-the-arguments", "search_history"] {
        world.provider.then(call(tool));
        ada.ask("canary-in-the-question").await.text().await;
    }
    let words = r#"{"error":{"message":"canary-in-the-refusal: sk-canary-of-the-provider","type":"fake"}}"#;
    for status in [400, 401, 404] {
        world.provider.then(Script::status(status, &[("content-type", "application/json")], words));
        ada.ask("canary-in-the-question").await.text().await;
    }
    for said in ["data: canary-in-the-answer\n\n", "data: {\"choices\": \"canary-in-the-answer\"}\n\n"] {
        world.provider.then(Script::new().raw(said).finish());
        ada.ask("canary-in-the-question").await.text().await;
    }
    world.provider.then(call("get_joke"));
    let waiting = ada.ask("canary-in-the-question").await;
    let turn = waiting.id.clone();
    waiting.text().await;
    let reason = json!({ "approved": false, "reason": "canary-in-the-outcome" });
    assert_eq!(ada.post(&format!("/turns/{turn}/approvals/call_1"), reason).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_refused_is_not_repeated() {
    let world = World::with(Script::says("Hello.")).await;
    let server = start(&world).await;
    let ada = server.actor("ada").await;
    send_what_cannot_be_read(&ada).await;
    knock_everywhere(&ada).await;
}

/// The guard itself.
#[tokio::test]
#[should_panic(expected = "what no output may hold")]
async fn a_line_that_holds_a_canary_fails_its_test() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    plant("the-id-of-this-story");
    let ada = server.actor("ada").await;
    ada.request(Method::GET, "/health").header("x-request-id", "the-id-of-this-story").send().await.unwrap();
}
