//! The tables of `docs/LOGGING.md`, held against lines that were really printed.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use shared::testing::{Script, Server, World, poll};

use super::{record, records};
use crate::places::read;

/// Of each field its type, and whether it is always there.
type Table = BTreeMap<String, (String, bool)>;

/// By the heading that stands over it.
fn tables() -> BTreeMap<String, Table> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let mut heading = String::new();
    for line in read("docs/LOGGING.md").lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.trim_matches('`').clone_into(&mut heading);
        }
        let cells: Vec<&str> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        if let [name, kind @ ("text" | "number" | "boolean"), when, ..] = cells[..] {
            let field = (kind.to_owned(), when == "always");
            tables.entry(heading.clone()).or_default().insert(name.trim_matches('`').to_owned(), field);
        }
    }
    tables
}

/// An answer of which its provider has counted everything.
fn counted() -> Script {
    let usage = json!({
        "prompt_tokens": 9, "prompt_tokens_details": { "cached_tokens": 4 },
        "completion_tokens": 5, "completion_tokens_details": { "reasoning_tokens": 2 },
    });
    let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let counts = json!({ "choices": [], "usage": usage });
    Script::new().say("It is late.").event(end).event(counts).raw("data: [DONE]\n\n")
}

/// A turn that is answered, with a tool; one that is refused; one that fails; one that is left; requests that are refused.
async fn everything(world: &World, server: &Server) {
    let ada = server.actor("ada").await;
    let calls = Script::new().calls_tool("call_1", "now", "{}").finish_because("tool_calls");
    world.provider.then(calls).then(counted());
    ada.ask("What time is it?").await.text().await;
    world.provider.then(Script::status(400, &[("x-request-id", "req_1")], "{}"));
    ada.ask("And now, once more?").await.text().await;
    world.provider.then(Script::new().say("Wait").stalls());
    let left = ada.ask("Will you wait for me?").await;
    let turn = left.id.clone();
    drop(left);
    ada.cancel(&turn).await;
    ada.get("/sessions/nowhere").await;
    ada.request(Method::from_bytes(b"BREW").unwrap(), "/consult").send().await.unwrap();
}

#[tokio::test]
async fn every_record_has_the_fields_that_are_listed_and_no_others() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start_with(&[("DEFAULT_MODEL", "openai:gpt-5-mini")]).await;
    everything(&world, &server).await;
    record(&server, "turn", |turn| turn["status"] == "cancelled").await;
    record(&server, "request", |request| request["ended"] == "left").await;
    poll("the odd request", async || (records(&server, "request").len() >= 6).then_some(())).await;

    let tables = tables();
    for kind in ["request", "turn", "model_call", "tool_call"] {
        // A store that is away is another story.
        let elsewhere = if kind == "request" { &["cause"][..] } else { &[] };
        let all: Table = [&tables["Every line"], &tables[kind]].into_iter().cloned().flatten().collect();
        let told = records(&server, kind);
        assert!(!told.is_empty(), "{kind}");
        let mut seen = BTreeSet::new();
        for line in &told {
            check(&all, line);
            seen.extend(line.as_object().unwrap().keys().cloned());
        }
        let unseen: Vec<_> = tables[kind].keys().filter(|name| !seen.contains(*name)).collect();
        assert!(unseen.iter().all(|name| elsewhere.contains(&name.as_str())), "{kind}: never told are {unseen:?}");
    }
}

fn check(all: &Table, line: &Value) {
    for (name, value) in line.as_object().unwrap() {
        let (kind, _) = all.get(name).unwrap_or_else(|| panic!("{name} is not listed: {line}"));
        let is_so = match kind.as_str() {
            "text" => value.is_string(),
            "number" => value.is_number(),
            _ => value.is_boolean(),
        };
        assert!(is_so, "{name} is no {kind}: {line}");
    }
    for (name, _) in all.iter().filter(|(_, (_, always))| *always) {
        assert!(!line[name].is_null(), "{name} is missing: {line}");
    }
}

#[tokio::test]
async fn a_failure_is_told_once_and_says_why() {
    let world = World::with(Script::fails(400)).await;
    let server = world.start().await;
    let turn = server.actor("ada").await.ask("Do you know me?").await;
    let id = turn.id.clone();
    turn.text().await;

    let told = record(&server, "turn", |turn| turn["turn"] == id).await;
    assert_eq!(
        (&told["level"], &told["status"], &told["code"]),
        (&json!("WARN"), &json!("failed"), &json!("model_refused"))
    );
    assert!(told["cause"].as_str().unwrap().starts_with("provider replied 400"), "{told}");
    let wrong: Vec<_> = server.process.lines().into_iter().filter(|line| line.contains(r#""level":"WARN"#)).collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
}

#[tokio::test]
async fn a_stream_is_told_when_it_has_ended_and_by_whom() {
    let world = World::with(Script::new().say("Once ").gate("go").say("upon").finish()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let mut listened = ada.ask("Tell me a story!").await;
    listened.stream.until("Once").await;
    assert_eq!(records(&server, "request").iter().filter(|line| line["route"] == "/consult").count(), 0);

    drop(listened);
    let left = record(&server, "request", |line| line["route"] == "/consult").await;
    assert_eq!((&left["ended"], &left["status"]), (&json!("left"), &json!(200)));
    assert!(left["user"].is_string(), "{left}");
    world.provider.release("go");
    let turn = record(&server, "turn", |_| true).await;
    assert_eq!((&turn["status"], &turn["request_id"]), (&json!("completed"), &left["request_id"]), "it goes on");
}

#[tokio::test]
async fn whoever_ends_a_turn_for_its_writer_tells_of_it() {
    let world = World::with(Script::new().say("Half of it").stalls()).await;
    let mut first = world.start().await;
    let ada = first.actor("ada").await;
    let turn = ada.ask("Will you finish?").await.id;
    ada.logged(&turn, "Half of it").await;
    first.process.kill9();

    let second = world.start().await;
    ada.at(&second).ended(&turn).await;

    let told = record(&second, "turn", |line| line["turn"] == turn).await;
    assert_eq!((&told["status"], &told["closed_for_writer"]), (&json!("interrupted"), &json!(true)));
}
