//! Which models there are, and who answers when one of them cannot (promises P7, N2).

use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::{Actor, FakeProvider, Script, Server, World, problem};

const MODELS: &str = r#"[{"model":"openai:gpt-5-mini","label":"Small","fallbacks":["groq:llama-3.3-70b-versatile"],
    "aliases":["llama3-8b-8192"]},{"model":"openai:gpt-5"}]"#;

/// Two providers; the second takes over for the first.
async fn with_fallback(world: &World, second: &FakeProvider) -> Server {
    let settings = [
        ("DEFAULT_MODEL", "openai:gpt-5-mini"),
        ("MODELS", MODELS),
        ("GROQ_BASE_URL", &second.base_url()),
        ("MODEL_FIRST_TOKEN_TIMEOUT_MS", "4000"),
    ];
    world.start_with(&settings).await
}

/// The ended turn and its answer as the history has it.
async fn ask(ada: &Actor) -> (Value, Value) {
    let turn = ada.ask("Well?").await;
    let (id, session) = (turn.id.clone(), turn.session.clone());
    turn.frames().await;
    (ada.read(&format!("/turns/{id}")).await, ada.history(&session).await[1].clone())
}

#[tokio::test]
async fn the_list_says_what_can_be_asked_and_what_is_known_of_it() {
    let world = World::with(Script::says("Yes.")).await;
    let server = with_fallback(&world, &world.provider).await;
    let ada = server.actor("ada").await;

    let list = ada.read("/models").await;
    assert_eq!(list["next_cursor"], Value::Null);
    assert_eq!(
        list["data"][0],
        json!({
            "id": "openai:gpt-5-mini", "provider": "openai", "name": "gpt-5-mini", "label": "Small", "default": true,
            "context_tokens": 400_000, "max_output_tokens": 128_000, "inputs": ["text", "image"], "tools": true,
            "reasoning": true, "fallbacks": ["groq:llama-3.3-70b-versatile"], "aliases": ["llama3-8b-8192"],
            "price": {
                "input": 0.25, "cached_input": 0.025, "output": 2.0, "currency": "USD", "per": 1_000_000,
                "source": "https://developers.openai.com/api/docs/models/gpt-5-mini", "as_of": "2026-11-21",
            },
        })
    );
    assert_eq!((&list["data"][1]["label"], &list["data"][1]["default"]), (&json!("GPT-5"), &json!(false)));
    assert_eq!(ada.request_without_token(reqwest::Method::GET, "/models").send().await.unwrap().status(), 401);

    let asked = ada.consult(json!({ "text": "Well?", "model": "llama3-8b-8192" })).await;
    assert_eq!(asked.text().await, "Yes.");
    assert_eq!(world.provider.calls()[0].body["model"], "gpt-5-mini", "an old name is a new model");
    let refused = ada.post("/consult", json!({ "text": "Well?", "model": "openai:gpt-4o" })).await;
    let refused = problem(refused).await;
    assert_eq!((&refused["status"], &refused["code"]), (&json!(422), &json!("unknown_model")));
    assert!(refused["detail"].as_str().unwrap().contains("openai:gpt-5-mini, openai:gpt-5"), "{refused}");
}

#[tokio::test]
async fn an_unknown_price_is_unknown_and_not_zero() {
    let world = World::with(Script::says("Yes.")).await;
    let server = world.start().await;
    let list = server.actor("ada").await.read("/models").await["data"].clone();
    let model = &list[0];
    assert_eq!((&model["id"], &model["default"]), (&json!("openai:fake"), &json!(true)));
    for name in ["price", "context_tokens", "max_output_tokens", "inputs", "tools", "reasoning"] {
        assert_eq!(model.get(name), Some(&Value::Null), "{name}");
    }
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"openai:gpt-5-mini"), "what is known of the same provider is shown, too: {ids:?}");
    assert!(ids.iter().all(|id| id.starts_with("openai:")), "{ids:?}");
}

/// N2: where a question goes is not the client's to say.
#[tokio::test]
async fn nobody_can_send_us_to_another_address_or_with_another_key() {
    let world = World::with(Script::says("Yes.")).await;
    let elsewhere = FakeProvider::start(Script::says("Caught!")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let url = elsewhere.base_url();
    for model in [url.clone(), format!("openai:{url}"), format!("compatible:{url}"), "openai:../x?y=#z".to_owned()] {
        let reply = ada.post("/consult", json!({ "text": "Well?", "model": model })).await;
        assert!([StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY].contains(&reply.status()), "{model}");
        reply.text().await.unwrap();
    }
    let sneaky = json!({ "text": "Well?", "base_url": url, "api_key": "k", "openai_base_url": url, "provider": url });
    ada.consult(sneaky).await.text().await;
    assert!(elsewhere.calls().is_empty());
    assert!(world.provider.calls().iter().all(|call| call.path == "/v1/chat/completions"));
}

#[tokio::test]
async fn a_second_model_takes_over_before_the_first_token_and_history_says_who_answered() {
    for (what, first, calls) in [
        ("busy", Script::busy(429, 0), 3),
        ("busy for an hour", Script::busy(429, 3_600), 1),
        ("overloaded", Script::fails(529), 3),
        ("refuses our key", Script::fails(401), 1),
        ("has gone", Script::fails(404), 1),
        ("silent", Script::silent(), 1),
        ("no JSON", Script::html(), 1),
        ("breaks in its first event", Script::new().event(json!({ "error": { "message": "no" } })), 1),
    ] {
        let world = World::with(first).await;
        let second = FakeProvider::start(Script::says("I am the second.")).await;
        let server = with_fallback(&world, &second).await;
        let ada = server.actor("ada").await;

        let (turn, answer) = ask(&ada).await;

        assert_eq!(turn["status"], "completed", "{what}: {turn}");
        assert_eq!(answer["model"], "groq:llama-3.3-70b-versatile", "{what}");
        assert_eq!(shared::testing::text_of_message(&answer), "I am the second.", "{what}");
        assert_eq!((world.provider.calls().len(), second.calls().len()), (calls, 1), "{what}");
        // At the price of who answered ($0.59 and $0.79 a million), not of who was asked.
        let tokens = |name: &str| answer["usage"][name].as_u64().unwrap();
        let pico = tokens("input_tokens") * 590_000 + tokens("output_tokens") * 790_000;
        let cost: f64 = answer["usage"]["cost_usd"].to_string().trim_matches('"').parse().unwrap();
        assert!((cost * 1e12 - f64::from(u32::try_from(pico).unwrap())).abs() < 1.0, "{what}: {cost} {pico}");
        assert_eq!(second.calls()[0].body["model"], "llama-3.3-70b-versatile", "{what}");
    }
}

#[tokio::test]
async fn nobody_takes_over_for_a_refused_question_nor_after_the_first_token() {
    for (what, first, status, code, text) in [
        ("refused", Script::fails(400), "failed", json!("model_refused"), ""),
        ("cut", Script::new().say("So far").resets(), "interrupted", Value::Null, "So far"),
    ] {
        let world = World::with(first).await;
        let second = FakeProvider::start(Script::says("I am the second.")).await;
        let server = with_fallback(&world, &second).await;

        let (turn, answer) = ask(&server.actor("ada").await).await;

        assert_eq!((&turn["status"], &turn["error"]["code"]), (&json!(status), &code), "{what}");
        assert_eq!(answer["model"], "openai:gpt-5-mini", "{what}");
        assert_eq!(shared::testing::text_of_message(&answer), text, "{what}");
        assert!(second.calls().is_empty(), "{what}");
    }
}

/// The error is that of the model that was asked.
#[tokio::test]
async fn when_both_fail_there_is_one_clear_error() {
    let world = World::with(Script::busy(429, 3_600)).await;
    let second = FakeProvider::start(Script::fails(401)).await;
    let server = with_fallback(&world, &second).await;

    let (turn, answer) = ask(&server.actor("ada").await).await;

    assert_eq!((&turn["status"], &turn["error"]["code"]), (&json!("failed"), &json!("model_busy")));
    assert!(turn["error"]["detail"].as_str().unwrap().ends_with("Please ask again in 3600 s."), "{turn}");
    assert_eq!(answer["model"], "openai:gpt-5-mini", "nobody else has answered");
    assert_eq!((world.provider.calls().len(), second.calls().len()), (1, 1));
}

/// The model that has begun a turn finishes it: the first may be back, but has not said what was said.
#[tokio::test]
async fn who_has_answered_a_step_answers_the_next_one() {
    let world = World::with(Script::says("I am back.")).await;
    world.provider.then(Script::fails(401));
    let second = FakeProvider::start(Script::says("It is noon.")).await;
    second.then(Script::new().calls_tool("call_1", "now", "{}").finish());
    let server = with_fallback(&world, &second).await;
    let ada = server.actor("ada").await;

    let (turn, answer) = ask(&ada).await;

    assert_eq!(turn["status"], "completed");
    assert_eq!(answer["model"], "groq:llama-3.3-70b-versatile");
    assert_eq!(shared::testing::text_of_message(&answer), "It is noon.");
    assert_eq!((world.provider.calls().len(), second.calls().len()), (1, 2));
    assert_eq!(ask(&ada).await.1["model"], "openai:gpt-5-mini", "the next turn begins with the first again");
}

/// The log says it, too: who comes back, at another process, learns the same.
#[tokio::test]
async fn another_process_knows_who_answers() {
    let world = World::with(Script::fails(401)).await;
    let second = FakeProvider::start(Script::new().say("I am ").gate("rest").say("the second.").finish()).await;
    let (server, other) = (with_fallback(&world, &second).await, world.start().await);
    let ada = server.actor("ada").await;
    let mut turn = ada.ask("Well?").await;
    turn.stream.until("I am").await;
    ada.logged(&turn.id, "I am").await;

    let seen = ada.at(&other).read(&format!("/turns/{}", turn.id)).await;

    assert_eq!(seen["answer"]["model"], "groq:llama-3.3-70b-versatile", "{seen}");
    second.release("rest");
    assert_eq!(turn.text().await, "the second.");
}

#[tokio::test]
async fn who_takes_over_is_told_no_more_than_it_can_read() {
    let world = World::with(Script::says("Yes.")).await;
    let second = FakeProvider::start(Script::says("No.")).await;
    let server = with_fallback(&world, &second).await;
    let ada = server.actor("ada").await;
    let long = "word ".repeat(50_000);
    let first = ada.ask(&long).await;
    let session = first.session.clone();
    first.text().await;
    ada.ask_in(&session, &long).await.text().await;

    world.provider.then(Script::fails(404));
    assert_eq!(ada.ask_in(&session, &long).await.text().await, "No.");

    let told = second.calls()[0].body["messages"].as_array().unwrap().len();
    assert_eq!(told, 4, "the system's prompt, one turn, and the question: 131,072 tokens hold no more");
}
