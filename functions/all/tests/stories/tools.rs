//! Tools: what models and users call, against services that are a server in this test.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Actor, Script, Server, World, problem};

const PLACE: &str = r#"{"results":[{"name":"Graz","latitude":47.07,"longitude":15.44,"country":"Austria"}]}"#;
const WEATHER: &str = r#"{"current":{"time":"2026-11-21T04:00","temperature_2m":3.5,"weather_code":45}}"#;

/// A directory of places, a weather service, and no jokes.
async fn services() -> Loopback {
    Loopback::start(async |request| {
        let json = |status, body| Ok(answer(status, "application/json", body));
        match request.uri().path() {
            "/v1/search" => json(200, PLACE),
            "/v1/forecast" => json(200, WEATHER),
            _ => json(503, "{}"),
        }
    })
    .await
}

async fn start(world: &World, services: &Loopback) -> Server {
    let url = services.url();
    let urls = ["WEATHER_URL", "GEOCODING_URL", "JOKE_URL"].map(|name| (name, url.as_str()));
    world.start_with(&[&urls[..], &[("TOOLS_TO_APPROVE", "get_joke")]].concat()).await
}

async fn call(actor: &Actor, tool: &str, arguments: Value) -> Value {
    let reply = actor.post(&format!("/tools/{tool}"), json!({ "arguments": arguments })).await;
    assert_eq!(reply.status(), StatusCode::OK, "{}", reply.text().await.unwrap());
    reply.json::<Value>().await.unwrap()["result"].clone()
}

/// What a search finds, as `message` text, newest first.
async fn search(actor: &Actor, query: &str, limit: usize) -> (Vec<String>, Value) {
    let result = call(actor, "search_history", json!({ "query": query, "limit": limit })).await;
    let found = result["found"].as_array().unwrap().iter().map(|found| found["excerpt"].as_str().unwrap().to_owned());
    (found.collect(), result)
}

#[tokio::test]
async fn two_tools_at_once_tell_the_model_what_came_of_them_even_if_one_fails() {
    let calls = Script::new()
        .calls_tool("call_weather", "get_weather", r#"{"location":"Graz"}"#)
        .calls_tool("call_kelvin", "get_weather", r#"{"location":"Graz","unit":"kelvin"}"#)
        .finish_because("tool_calls");
    let (world, services) = (World::with(Script::says("Fog.")).await, services().await);
    world.provider.then(calls);
    let server = start(&world, &services).await;
    let ada = server.actor("ada").await;

    let turn = ada.ask("How is the weather in Graz?").await;
    let session = turn.session.clone();
    assert_eq!(turn.text().await, "Fog.");
    ada.ask_in(&session, "And now?").await.text().await;

    for call in [1, 2] {
        let messages = world.provider.calls()[call].body["messages"].clone();
        let told = |call: &str| {
            let outcome = messages.as_array().unwrap().iter().find(|message| message["tool_call_id"] == call);
            outcome.expect(call)["content"].as_str().unwrap().to_owned()
        };
        let weather: Value = serde_json::from_str(&told("call_weather")).unwrap();
        assert_eq!((&weather["location"], &weather["temperature"]), (&json!("Graz, Austria"), &json!(3.5)));
        assert!(told("call_kelvin").starts_with("The argument unit cannot be used"), "{}", told("call_kelvin"));
    }
}

#[tokio::test]
async fn whoever_asks_finds_the_tools_and_calls_one_directly() {
    let (world, services) = (World::with(Script::says("Never.")).await, services().await);
    let server = start(&world, &services).await;
    let ada = server.actor("ada").await;

    let list = ada.read("/tools").await;
    let tools = list["data"].as_array().unwrap();
    let shown: Vec<_> = tools.iter().map(|tool| format!("{} {}", tool["name"], tool["needs_approval"])).collect();
    assert_eq!(shown, [r#""now" false"#, r#""get_weather" false"#, r#""get_joke" true"#, r#""search_history" false"#]);
    let members = |tool: &Value| tool.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let expected = BTreeSet::from(["type", "name", "description", "parameters", "needs_approval"].map(str::to_owned));
    assert!(tools.iter().all(|tool| members(tool) == expected && tool["parameters"]["type"] == "object"));

    let weather = call(&ada, "get_weather", json!({ "location": "Graz" })).await;
    assert_eq!((&weather["sky"], &weather["observed_at"]), (&json!("fog"), &json!("2026-11-21T04:00Z")));
    assert!(call(&ada, "now", json!({})).await.as_str().unwrap().starts_with("20"));
}

#[tokio::test]
async fn a_call_that_cannot_be_made_is_refused_and_a_tool_that_fails_says_so() {
    let (world, services) = (World::with(Script::says("Never.")).await, services().await);
    let server = start(&world, &services).await;
    let ada = server.actor("ada").await;
    for (tool, body, status, code) in [
        ("rm", json!({ "arguments": {} }), 404, "tool_not_found"),
        ("..%2f", json!({}), 404, "tool_not_found"),
        ("get_weather", json!({}), 422, "invalid"),
        ("get_weather", json!({ "arguments": ["Graz"] }), 422, "invalid"),
        (
            "get_weather",
            json!({ "arguments": { "location": "Graz", "url": "http://169.254.169.254" } }),
            422,
            "invalid",
        ),
        ("get_joke", json!({}), 502, "tool_failed"),
    ] {
        let refused = problem(ada.post(&format!("/tools/{tool}"), body).await).await;
        assert_eq!((&refused["status"], &refused["code"]), (&json!(status), &json!(code)), "{tool}: {refused}");
    }
    let refused = problem(ada.post("/tools/get_weather", json!({ "arguments": { "unit": "f" } })).await).await;
    assert!(refused["detail"].as_str().unwrap().contains("location"), "{refused}");
}

#[tokio::test]
async fn a_search_finds_ones_own_words_and_nobody_elses() {
    let world = World::with(Script::says("The Zebra offer ends on Friday.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let turn = ada.ask("When does the offer of Zebra & Sons end?").await;
    let session = turn.session.clone();
    turn.text().await;
    world.provider.then(Script::says("No."));
    ada.ask("Is there another ZEBRA?").await.text().await;
    world.provider.then(Script::says("I do not know."));
    eve.ask("What does Ada know of a zebra?").await.text().await;

    let (found, result) = search(&ada, "zebra", 20).await;
    let texts =
        ["Is there another ZEBRA?", "The Zebra offer ends on Friday.", "When does the offer of Zebra & Sons end?"];
    assert_eq!(found, texts);
    assert_eq!((&result["total"], &result["searched_all"]), (&json!(3), &json!(true)));
    let newest = &result["found"][0];
    assert!(newest["message"].is_string() && newest["at"].is_string() && newest["role"] == "user", "{newest}");
    assert_eq!(result["found"][1]["session"], session.as_str());
    assert_eq!(search(&ada, "ends zebra", 20).await.0, ["The Zebra offer ends on Friday."], "all the words");
    assert_eq!(search(&ada, "zebra", 1).await.0, ["Is there another ZEBRA?"], "the newest");
    assert_eq!(search(&eve, "zebra", 20).await.0, ["What does Ada know of a zebra?"]);
    assert!(search(&server.actor("mallory").await, "zebra", 20).await.0.is_empty());

    ada.delete(&format!("/sessions/{session}")).await;
    assert_eq!(search(&ada, "zebra", 20).await.0, ["Is there another ZEBRA?"], "what is deleted is not found");
}

#[tokio::test]
async fn a_search_is_bounded_and_says_so() {
    let world = World::with(Script::says("Noted.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    ada.ask("Remember the walrus.").await.text().await;
    for number in 0..25 {
        ada.ask(&format!("Something else, {number}.")).await.text().await;
    }
    let (found, result) = search(&ada, "walrus", 20).await;
    assert_eq!((found.len(), &result["searched_all"], &result["searched_messages"]), (0, &json!(false), &json!(50)));
}

#[tokio::test]
async fn tools_that_are_called_with_very_much_at_once_do_not_fail_the_turn() {
    let much = json!({ "text": "x".repeat(250_000) }).to_string();
    let broken = "\u{1}".repeat(250_000);
    let calls = Script::new()
        .calls_tool("call_a", "now", &much)
        .calls_tool("call_b", "now", &much)
        .calls_tool("call_c", "now", &broken)
        .finish_because("tool_calls");
    let world = World::with(Script::says("I see.")).await;
    world.provider.then(calls);
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("What time is it?").await;
    let (id, session) = (turn.id.clone(), turn.session.clone());

    assert_eq!(turn.text().await, "I see.");

    assert_eq!(ada.read(&format!("/turns/{id}")).await["status"], "completed");
    let parts = ada.history(&session).await[1]["parts"].clone();
    let arguments: Vec<_> = parts.as_array().unwrap().iter().filter(|part| part["type"] == "tool_call").collect();
    assert_eq!(arguments[1]["arguments"]["text"].as_str().map(str::len), Some(250_000), "nothing of it is lost");
    let told = world.provider.calls()[1].body["messages"].to_string();
    assert!(told.contains("These arguments were too long."), "the model reads what became of the third");
}
