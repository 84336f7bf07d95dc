//! What answers use up is counted once, however they end and whichever process closes them (promise R3).

mod exact;
mod once;

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::{Actor, Script, World, problem};

/// The numbers that are added up, as `GET /usage` calls them.
type Sums = BTreeMap<&'static str, u64>;

/// What a stored answer used up.
fn of_message(message: &Value) -> Sums {
    let usage = &message["usage"];
    let tokens = |name| usage[name].as_u64().unwrap_or(0);
    BTreeMap::from([
        ("turns", 1),
        ("input_tokens", tokens("input_tokens")),
        ("cached_tokens", tokens("cached_tokens")),
        ("output_tokens", tokens("output_tokens")),
        ("reasoning_tokens", tokens("reasoning_tokens")),
        ("estimated_turns", u64::from(usage["estimated"] == true)),
        ("unpriced_turns", u64::from(usage["cost_usd"].is_null())),
        ("cost_usd", pico(&usage["cost_usd"])),
    ])
}

/// A row of `GET /usage`, or its total.
fn of_row(row: &Value) -> Sums {
    let mut sums = of_message(&Value::Null);
    for (name, sum) in &mut sums {
        *sum = if *name == "cost_usd" { pico(&row[name]) } else { row[name].as_u64().expect("a whole number") };
    }
    sums
}

fn add(sums: &mut Sums, more: &Sums) {
    for (name, number) in more {
        *sums.entry(*name).or_default() += number;
    }
}

/// Dollars in decimals, as a whole number of pico-dollars.
fn pico(cost: &Value) -> u64 {
    let Some(text) = cost.as_str() else { return 0 };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{decimals:0<12}").parse().expect("decimals")
}

async fn total(ada: &Actor) -> Sums {
    of_row(&ada.read("/usage").await["total"])
}

/// An answer that the provider counts so: input, cached, output, reasoning.
fn counted(text: &str, [input, cached, output, reasoning]: [u64; 4]) -> Script {
    let usage = json!({
        "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
        "prompt_tokens_details": { "cached_tokens": cached },
        "completion_tokens_details": { "reasoning_tokens": reasoning },
    });
    let ended = uncounted(text);
    ended.event(json!({ "choices": [], "usage": usage })).raw("data: [DONE]\n\n")
}

/// An answer that nobody counts; `[DONE]` is for others to say.
fn uncounted(text: &str) -> Script {
    let stop = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    Script::new().say(text).event(stop)
}

#[tokio::test]
async fn an_answer_says_what_it_took() {
    let world = World::with(counted("Four words of it.", [100, 40, 20, 5])).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("How much?").await;
    let session = turn.session.clone();
    turn.text().await;

    let usage = ada.history(&session).await[1]["usage"].clone();
    assert_eq!((&usage["input_tokens"], &usage["cached_tokens"]), (&json!(100), &json!(40)));
    assert_eq!((&usage["output_tokens"], &usage["reasoning_tokens"]), (&json!(20), &json!(5)));
    assert_eq!((&usage["estimated"], &usage["cost_usd"]), (&Value::Null, &Value::Null), "counted, at no known price");
    let times = ["time_to_first_token_ms", "latency_ms"].map(|name| usage[name].as_u64().expect("milliseconds"));
    assert!(times[0] <= times[1] && times[1] < 60_000, "{times:?}");

    let used = ada.read("/usage").await;
    let today = ada.history(&session).await[1]["created_at"].as_str().unwrap()[..10].to_owned();
    assert_eq!((&used["to"], &used["from"]), (&json!(today), &json!(format!("{}-01", &today[..7]))));
    let row = json!({
        "day": today, "model": "openai:fake", "turns": 1, "input_tokens": 100, "cached_tokens": 40,
        "output_tokens": 20, "reasoning_tokens": 5, "estimated_turns": 0, "cost_usd": null, "unpriced_turns": 1,
    });
    assert_eq!(used["data"], json!([row]));
    assert_eq!(of_row(&used["total"]), of_row(&row));
}

#[tokio::test]
async fn an_answer_that_nobody_counted_is_estimated_and_says_so() {
    let world = World::with(uncounted("Nine bytes").raw("data: [DONE]\n\n")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("How much?").await;
    let session = turn.session.clone();
    turn.text().await;

    let usage = ada.history(&session).await[1]["usage"].clone();
    assert_eq!((&usage["output_tokens"], &usage["estimated"]), (&json!(2), &json!(true)), "two words");
    assert!(usage["input_tokens"].as_u64().unwrap() > 2, "the prompt counts, too");
    let total = total(&ada).await;
    assert_eq!((total["output_tokens"], total["estimated_turns"]), (2, 1));
}

#[tokio::test]
async fn every_ending_is_counted() {
    let world = World::with(Script::silent()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let mut expected = Sums::new();
    for (status, script) in [
        // Not 500: that would be asked again.
        ("failed", Script::fails(400)),
        ("interrupted", Script::new().say("Some of it").resets()),
        ("cancelled", Script::new().say("Some of it").stalls()),
    ] {
        world.provider.then(script);
        let mut turn = ada.ask("Well?").await;
        if status == "cancelled" {
            turn.stream.until("Some of it").await;
            ada.cancel(&turn.id).await;
        }
        let session = turn.session.clone();
        turn.text().await;

        let answer = ada.history(&session).await[1].clone();
        assert_eq!(answer["status"], status);
        let used = of_message(&answer);
        let said = if status == "failed" { 0 } else { 3 };
        assert_eq!((used["output_tokens"], used["input_tokens"] > 0), (said, said > 0), "{status}");
        add(&mut expected, &used);
        assert_eq!(total(&ada).await, expected, "{status}");
    }
}

#[tokio::test]
async fn a_span_is_of_days_in_order_and_not_too_many() {
    let world = World::with(Script::says("Yes.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    ada.ask("Well?").await.text().await;
    for (query, field) in [
        ("from=2026-02-30", "from"),
        ("to=tomorrow", "to"),
        ("from=2026-01-02&to=2026-01-01", "from"),
        ("from=2024-01-01&to=2025-01-01", "from"),
    ] {
        let refused = problem(ada.get(&format!("/usage?{query}")).await).await;
        assert_eq!((&refused["status"], &refused["errors"][0]["field"]), (&json!(422), &json!(field)), "{query}");
    }
    let year = ada.read("/usage?from=2024-01-01&to=2024-12-31").await;
    assert_eq!((&year["data"], &year["total"]["turns"]), (&json!([]), &json!(0)), "366 days, and none of them now");
    assert_eq!(ada.read("/usage?from=2026-01-05&to=2026-01-05").await["data"], json!([]));
    assert_eq!(eve.read("/usage").await["data"], json!([]), "nobody sees another's");
    assert_eq!(
        ada.request_without_token(reqwest::Method::GET, "/usage").send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}
