//! A request's ids, from its client to the provider and back.

use reqwest::Method;
use serde_json::json;
use shared::testing::{Script, World};

use super::{record, records};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn a_request_can_be_followed_to_the_provider() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let request = ada.request(Method::POST, "/consult").json(&json!({ "text": "Can I follow this?" }));
    let request = request
        .header("x-request-id", "from-the-client")
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"));
    let reply = request.send().await.unwrap();
    assert_eq!(reply.headers()["x-request-id"], "from-the-client");
    reply.text().await.unwrap();

    let turn = record(&server, "turn", |_| true).await;
    let told = record(&server, "request", |_| true).await;
    for line in [&turn, &told, &records(&server, "model_call")[0]] {
        assert_eq!((&line["request_id"], &line["trace_id"]), (&json!("from-the-client"), &json!(TRACE)), "{line}");
    }
    let call = &world.provider.calls()[0];
    assert_eq!(call.headers["x-client-request-id"], "from-the-client");
    let traceparent = call.headers["traceparent"].to_str().unwrap();
    assert!(traceparent.starts_with(&format!("00-{TRACE}-")) && traceparent.ends_with("-01"), "{traceparent}");
    assert!(!traceparent.contains("00f067aa0ba902b7"), "the caller's span is not the call's");
}

#[tokio::test]
async fn the_providers_own_id_is_told_for_its_support_even_of_a_refusal() {
    let refusal = Script::status(400, &[("x-request-id", "req_011CX")], "{}");
    let world = World::with(refusal).await;
    let server = world.start().await;
    server.actor("ada").await.ask("What is your number?").await.text().await;
    assert_eq!(record(&server, "turn", |_| true).await["provider_request_id"], "req_011CX");
}

#[tokio::test]
async fn retries_and_fallbacks_are_counted() {
    let world = World::with(Script::says("Here I am.")).await;
    world.provider.then(Script::busy(429, 0));
    world.provider.then(Script::status(404, &[], "{}"));
    let models = r#"[{"model":"openai:first","fallbacks":["openai:second"]}]"#;
    let server = world.start_with(&[("MODELS", models), ("DEFAULT_MODEL", "openai:first")]).await;
    server.actor("ada").await.ask("Who is there?").await.text().await;

    let turn = record(&server, "turn", |_| true).await;
    assert_eq!((&turn["model_calls"], &turn["retries"], &turn["fallbacks"]), (&json!(3), &json!(1), &json!(1)));
    assert_eq!((&turn["asked_model"], &turn["model"]), (&json!("openai:first"), &json!("openai:second")));
    assert_eq!(turn["model_label"], "openai:second");
}
