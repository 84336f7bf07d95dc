//! Every recorded event is played against its function.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use reqwest::Url;
use serde_json::{Value, json};
use shared::domain::SessionId;
use shared::testing::{Actor, Script, World};

use crate::function::{Answer, Function, filled, plain};
use crate::places;
use crate::signed_in::{Fill, SignIn};

/// Differs in every run.
const CHANGING: [&str; 36] = [
    "access_token",
    "conversation_id",
    "created_at",
    "due_at",
    "ended_at",
    "erased",
    "expires_at",
    "finished_at",
    "first_id",
    "id",
    "key",
    "kid",
    "last_id",
    "last_login",
    "last_login_at",
    "latency_ms",
    "link",
    "login",
    "message_id",
    "next_cursor",
    "open_turn",
    "refresh_token",
    "request_id",
    "result",
    "session",
    "session_id",
    "ticket",
    "time_to_first_token_ms",
    "token_count",
    "total_conversations",
    "total_messages",
    "total_tokens",
    "turn",
    "updated_at",
    "used_at",
    "x",
];

#[tokio::test]
async fn every_recorded_event_is_answered_as_it_was_before() {
    let world = World::with(Script::says("A short answer.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let sign_in = SignIn::start(&world).await;
    for name in places::functions() {
        let settings = [
            ("OIDC_PROVIDERS", sign_in.provider.setting()),
            ("DYNAMODB_ENDPOINT", world.proxy.url()),
            ("ERASURE_DELAY_MS", "0".to_owned()),
        ];
        let function = Function::start_with(&world, &name, &settings).await;
        let mut events = places::events(&name);
        events.sort_by(|(a, _), (b, _)| a.cmp(b));
        let (before, mut played) = (world.proxy.seen(), String::new());
        // A turn asks as often as its writer's clock says; signing in is the same each time.
        let counted = ["account", "callback", "login"].contains(&name.as_str());
        for (path, event) in events {
            let event = event.to_string();
            let fill = [answered_question(&world, &ada).await, sign_in.fill(&world, &event).await].concat();
            let fill: Vec<_> = fill.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let event = filled(event, &fill);
            assert!(!event.contains("{{"), "{path}: a placeholder that nobody fills");
            let earlier = world.proxy.seen();
            let answer = function.answer(&serde_json::from_str(&event).unwrap()).await;
            let recorded = path.rsplit('/').next().unwrap();
            writeln!(played, "{recorded}: {}", describe(&answer, &event)).unwrap();
            let asked = if counted { since(&world, &earlier) } else { Vec::new() };
            sign_in.tick(&world).await;
            if !asked.is_empty() {
                let times = |(call, times): &(String, usize)| format!(" {times} {call}");
                writeln!(played, "    asks the store:{}", asked.iter().map(times).collect::<String>()).unwrap();
            }
        }
        insta::assert_snapshot!(name.as_str(), played);
        may_do_exactly_that(&name, since(&world, &before).into_iter().map(|(call, _)| call));
    }
}

/// The store's calls since then.
fn since(world: &World, then: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let new = |(call, times): (String, usize)| (times - then.get(&call).copied().unwrap_or_default(), call);
    let new = world.proxy.seen().into_iter().map(new).filter(|(times, _)| *times > 0);
    new.map(|(times, call)| (call, times)).collect()
}

/// The proof that a request brings: a key is read, a ticket taken, a browser's login read and prolonged, or ended when it
/// was copied.
const PROOF: [&str; 3] = ["GetItem", "UpdateItem", "DeleteItem"];
/// Readers of turns close one whose writer died. No recorded event meets such a turn.
const CLOSES_TURNS: [&str; 2] = ["history", "turns"];
const CLOSING: [&str; 6] = ["GetItem", "PutItem", "UpdateItem", "Query", "DeleteItem", "BatchWriteItem"];

/// Its policy grants what the function has called, and of what it has not called only what is known here. A transaction
/// has no grant of its own: it needs that of each write in it, and ours update.
fn may_do_exactly_that(function: &str, called: impl Iterator<Item = String>) {
    let mut needed: BTreeSet<_> =
        called.map(|call| if call == "TransactWriteItems" { "UpdateItem".to_owned() } else { call }).collect();
    let proves = places::sources(function).contains("Caller");
    needed.extend(PROOF.iter().filter(|_| proves).map(|call| (*call).to_owned()));
    needed.extend(CLOSING.iter().filter(|_| CLOSES_TURNS.contains(&function)).map(|call| (*call).to_owned()));
    assert_eq!(places::calls_on_the_table(&places::template(), function), needed, "{function}");
}

/// Each event finds a session of its own, with one answered question and a file that its provider has forgotten.
async fn answered_question(world: &World, ada: &Actor) -> Fill {
    let turn = ada.ask("The question before?").await;
    let (id, session) = (turn.id.clone(), turn.session.clone());
    turn.text().await;
    let message = ada.history(&session).await[0]["id"].as_str().unwrap().to_owned();
    world.put_file("ada", &session, "cfile_1").await;
    let conversation = SessionId::parse(session.as_str()).unwrap().to_uuid().unwrap();
    let named = [("SESSION", session), ("CONVERSATION", conversation), ("TURN", id), ("MESSAGE", message)];
    named.into_iter().chain([("TOKEN", ada.token().to_owned())]).collect()
}

/// Status, what matters of the headers, and the body without what changes.
fn describe(answer: &Answer, event: &str) -> String {
    let header = |name: &str| answer.headers.get(name).map(|value| format!(" {value}"));
    let shown = ["content-type", "access-control-allow-origin", "access-control-allow-methods", "www-authenticate"];
    let mut text: String = shown.into_iter().filter_map(header).collect();
    assert!(answer.headers.contains_key("x-request-id") || text.contains("GET"), "{answer:?}");
    let elsewhere = answer.headers.get("location").filter(|_| answer.status == 302);
    text.extend(elsewhere.map(|to| format!("\n    to {}", place(to))));
    text.extend(answer.cookies.iter().map(|cookie| format!("\n    holds {}", held(cookie, event))));
    let body = if answer.body.is_empty() { String::new() } else { format!("\n    {}", shape(&answer.body)) };
    format!("{}{text}{body}", answer.status)
}

/// A path of ours; of a provider's page the names of its parameters.
fn place(location: &str) -> String {
    let Ok(url) = Url::parse(location) else { return location.to_owned() };
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    format!("{} {}", url.path(), names.join(" "))
}

/// A cookie without its value; whether it is the one that came, where tokens of the same second could not be.
fn held(cookie: &str, event: &str) -> String {
    let (name, rest) = cookie.split_once('=').expect("a name");
    let (value, flags) = rest.split_once(';').expect("flags");
    let value = match value {
        "" => "",
        value if name.ends_with("-sign-in") && event.contains(value) => "as before",
        _ => "…",
    };
    format!("{name}={value};{flags}")
}

fn shape(body: &str) -> String {
    if body.starts_with(r#"{"components""#) {
        return "the contract".to_owned();
    }
    if let Ok(json) = serde_json::from_str::<Value>(body) {
        return redacted(json).to_string();
    }
    if body.starts_with("<!doctype html>") {
        // Ours of a sign-in is a few words; that of the contract is long, and a browser looks at it elsewhere.
        return body.split_once("<body").map_or_else(|| "a page".to_owned(), |(_, rest)| rest.to_owned());
    }
    if body.starts_with(r#"{"at""#) {
        let kinds = body.lines().map(|line| plain(&serde_json::from_str::<Value>(line).expect("JSON")["type"]));
        return kinds.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ");
    }
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    // The starter app's envelope says it outside.
    let named = |json: Value| plain(if json["type"].is_string() { &json["type"] } else { &json["event"] });
    let kind = |data| serde_json::from_str(data).map_or_else(|_| plain(&json!(data)), named);
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
                let changes = CHANGING.contains(&name.as_str())
                    && (value.is_string() || value.is_u64() || ["erased", "result"].contains(&name.as_str()));
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
