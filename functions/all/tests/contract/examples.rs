//! The contract's examples are recorded, not invented: each operation's own example is sent to a real process, and its
//! reply stands in `openapi.json`. `make openapi` writes that file; otherwise the committed file has to be the same.

mod house;
mod request;
mod sign_in;
mod stages;
mod steady;

use std::env;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::document::{COMMITTED, operations};
use crate::places::{entries, read, root};

use house::House;
use request::Reply;

const MAX_PARTS: usize = 10;
const MAX_ITEMS: usize = 3;

#[tokio::test]
async fn the_committed_contract_is_what_the_code_says_and_what_a_process_answers() {
    let mut document = all::contract::document();
    let (house, committed) = (House::open().await, read(COMMITTED));
    let before: Value = serde_json::from_str(&committed).unwrap_or_default();
    for (path, method, operation) in operations(&document) {
        let place = (path.as_str(), method.as_str());
        let mut told = recorded(&house, &document, place, operation.clone()).await;
        // Of two ids that are made in one millisecond one in some thousand is the other one: not twice.
        if told != before["paths"][&path][&method] {
            told = recorded(&house, &document, place, operation).await;
        }
        document["paths"][&path][&method] = told;
    }
    let recorded = format!("{document:#}\n");
    if env::var("OPENAPI").is_ok_and(|what| what == "write") {
        fs::write(root().join(COMMITTED), &recorded).expect("a file that can be written");
    }
    let committed = read(COMMITTED);
    let differs = committed.lines().zip(recorded.lines()).position(|(this, that)| this != that);
    let at = differs.map(|line| (line + 1, recorded.lines().nth(line)));
    assert!(committed == recorded, "{COMMITTED} is old, run `make openapi`: {at:?}");
}

/// The operation with what comes back when its examples are sent.
async fn recorded(house: &House, document: &Value, place: (&str, &str), mut operation: Value) -> Value {
    for body in bodies(&operation) {
        let mut stage = house.stage(&operation).await;
        for name in request::missing(&operation, &stage) {
            let found = house.follow(document, &operation["operationId"], &name, &stage).await;
            stage.values.extend(found.map(|value| (name, value)));
        }
        let mut steady = stage.steady();
        let sent = request::of(place, &operation, body, &stage);
        for (number, value) in &sent.params {
            operation["parameters"][*number]["example"] = json!(steady.text(value));
        }
        let reply = house.send(sent, &stage).await;
        keep(&mut operation, &reply, &mut steady);
    }
    operation
}

/// The body's examples; an operation without a body is sent once all the same.
fn bodies(operation: &Value) -> Vec<Option<Value>> {
    let content = &operation["requestBody"]["content"]["application/json"];
    let several: Vec<_> = entries(&content["examples"]).map(|(_, example)| Some(example["value"].clone())).collect();
    match content.get("example") {
        Some(example) => vec![Some(example.clone())],
        None if several.is_empty() => vec![None],
        None => several,
    }
}

fn keep(operation: &mut Value, reply: &Reply, steady: &mut steady::Steady) {
    let id = operation["operationId"].clone();
    let told = &mut operation["responses"][reply.status.to_string()];
    let is_success = reply.status < 400 && told["description"].is_string();
    assert!(is_success, "{id}: its example is refused: {} {}", reply.status, reply.text);
    for (name, header) in told.get_mut("headers").and_then(Value::as_object_mut).into_iter().flatten() {
        header["example"] = json!(steady.text(reply.header(name)));
    }
    let Some(content) = told.get_mut("content").and_then(Value::as_object_mut) else { return };
    let kind = reply.header("content-type").split(';').next().unwrap_or_default();
    let kind = if content.contains_key(kind) { kind } else { "*/*" };
    let content = content.get_mut(kind).unwrap_or_else(|| panic!("{id} answers in {}", reply.header("content-type")));
    if content["example"].is_null() {
        content["example"] = shown(reply, steady);
    }
}

/// JSON as JSON; of long texts and streams the beginning and the end.
fn shown(reply: &Reply, steady: &mut steady::Steady) -> Value {
    let text = steady.text(&reply.text);
    if let Ok(json) = serde_json::from_str::<Value>(&text) {
        return if json["openapi"].is_string() {
            json!({ "openapi": json["openapi"], "paths": {} })
        } else {
            short(json)
        };
    }
    let is_stream = reply.header("content-type").starts_with("text/event-stream");
    let separator = if is_stream { "\n\n" } else { "\n" };
    let parts: Vec<_> = text.trim_end().split(separator).filter(|part| !part.starts_with(':')).collect();
    let shown = match &parts[..] {
        [first @ .., last] if parts.len() > MAX_PARTS => [&first[..MAX_PARTS - 2], &["…", last]].concat(),
        all => all.to_vec(),
    };
    json!(shown.join(separator))
}

/// Of lists the beginning.
fn short(json: Value) -> Value {
    match json {
        Value::Array(items) => items.into_iter().take(MAX_ITEMS).map(short).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, short(value))).collect(),
        other => other,
    }
}

#[test]
fn every_example_fits_its_schema() {
    let python = root().join(".venv-contract/bin/python");
    assert!(python.is_file(), "{} is missing: run `make test`", python.display());
    let script = root().join("functions/all/tests/contract/examples.py");
    let run = Command::new(python).arg(script).arg(root().join(COMMITTED)).output().expect("a script that runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}
