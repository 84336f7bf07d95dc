//! Every recorded event is played against its function.

use std::fmt::Write;

use serde_json::{Value, json};
use shared::testing::{Script, World};

use crate::function::{Answer, Function, filled, plain};
use crate::places;

/// Differs in every run.
const CHANGING: [&str; 9] =
    ["created_at", "ended_at", "id", "next_cursor", "open_turn", "request_id", "session", "turn", "updated_at"];

#[tokio::test]
async fn every_recorded_event_is_answered_as_it_was_before() {
    let world = World::with(Script::says("A short answer.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for name in places::functions() {
        let function = Function::start(&world, &name).await;
        let mut events = places::events(&name);
        events.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut played = String::new();
        for (path, event) in events {
            // Each event finds a session of its own, with one answered question.
            let turn = ada.ask("The question before?").await;
            let (id, session) = (turn.id.clone(), turn.session.clone());
            turn.text().await;
            let message = ada.history(&session).await[0]["id"].as_str().unwrap().to_owned();
            let fill = [("TOKEN", ada.token()), ("SESSION", &session), ("TURN", &id), ("MESSAGE", &message)];
            let event: Value = serde_json::from_str(&filled(event.to_string(), &fill)).unwrap();
            let recorded = path.rsplit('/').next().unwrap();
            writeln!(played, "{recorded}: {}", describe(&function.answer(&event).await)).unwrap();
        }
        insta::assert_snapshot!(name.as_str(), played);
    }
}

/// Status, what matters of the headers, and the body without what changes.
fn describe(answer: &Answer) -> String {
    let header = |name: &str| answer.headers.get(name).map(|value| format!(" {value}"));
    let shown = ["content-type", "access-control-allow-origin", "access-control-allow-methods", "www-authenticate"];
    let headers: String = shown.into_iter().filter_map(header).collect();
    assert!(answer.headers.contains_key("x-request-id") || headers.contains("GET"), "{answer:?}");
    let body = if answer.body.is_empty() { String::new() } else { format!("\n    {}", shape(&answer.body)) };
    format!("{}{headers}{body}", answer.status)
}

fn shape(body: &str) -> String {
    if let Ok(json) = serde_json::from_str::<Value>(body) {
        return redacted(json).to_string();
    }
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    let kind =
        |data| serde_json::from_str(data).map_or_else(|_| plain(&json!(data)), |json: Value| plain(&json["type"]));
    let mut kinds: Vec<String> = data.map(kind).collect();
    // How many pieces a text has is the model's business.
    kinds.dedup();
    kinds.join(" ")
}

/// Of a list its first item is shown.
fn redacted(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let changes = CHANGING.contains(&name.as_str()) && value.is_string();
                let value = if changes { json!(format!("[{name}]")) } else { redacted(value) };
                (name, value)
            })
            .collect(),
        Value::Array(mut items) => {
            items.truncate(1);
            items.into_iter().map(redacted).collect()
        }
        value => value,
    }
}
