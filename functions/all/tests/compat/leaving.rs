//! A user who leaves takes everything along, and leaves nothing (promises X1, X2).

mod crashes;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::identity::{address_digest, digest_of};
use shared::store::Kind;
use shared::testing::{Actor, Script, Server, World};

use crate::registered::{PASSWORD, PASSWORDS_ON, register, send};

/// Short, where nobody writes any more that could be waited for.
const SOON: (&str, &str) = ("ERASURE_DELAY_MS", "1500");
const EMAIL: &str = "ada@example.com";
/// Stands in everything that Ada says, receives, and calls things.
const CANARY: &str = "kumquat-40f1";

async fn server(world: &World) -> Server {
    world.start_with(&[SOON, PASSWORDS_ON]).await
}

/// Somebody with items of every kind that a user can have.
struct Leaver {
    actor: Actor,
    user: String,
    refresh: String,
    key: String,
}

async fn with_everything(world: &World, server: &Server, email: &str, mark: &str) -> Leaver {
    let (actor, told) = register(server, email).await;
    let user = actor.read("/me").await["user"].as_str().unwrap().to_owned();
    world.provider.then(Script::says(&format!("Short. {mark}")));
    let answered = actor.ask(&format!("Long? {mark} {}", "x".repeat(400_000))).await;
    let session = answered.session.clone();
    answered.text().await;
    actor.ask_in(&session, &format!("Again? {mark}")).await.text().await;
    sdk(&actor, &format!("Known? {mark}")).await;
    let deleted = actor.ask("To be forgotten?").await;
    let path = format!("/sessions/{}", deleted.session);
    deleted.text().await;
    assert_eq!(actor.delete(&path).await.status(), StatusCode::NO_CONTENT);
    let prompt = json!({ "title": mark, "system_prompt": mark });
    assert_eq!(actor.patch(&format!("/sessions/{session}"), prompt).await.status(), StatusCode::OK);
    let key: Value = actor.post("/me/keys", json!({ "name": mark })).await.json().await.unwrap();
    actor.post("/tickets", json!({})).await;
    put_file(world, &user, &session, mark).await;
    waiting(world, &actor, mark).await;
    assert_eq!(send(server, "login", email, "not the password").await.status(), StatusCode::UNAUTHORIZED);
    Leaver {
        actor,
        user,
        refresh: told["refresh_token"].as_str().unwrap().to_owned(),
        key: key["key"].as_str().unwrap().to_owned(),
    }
}

/// A conversation that its client keeps: it leaves an echo.
async fn sdk(actor: &Actor, text: &str) {
    let body = json!({ "model": "openai:fake", "max_tokens": 100, "messages": [{ "role": "user", "content": text }] });
    let reply = actor.post("/v1/messages", body).await;
    assert_eq!(reply.status(), StatusCode::OK, "{}", reply.text().await.unwrap());
}

async fn put_file(world: &World, user: &str, session: &str, name: &str) {
    let text = |value: &str| json!({ "S": value });
    let item = json!({
        "pk": text(&format!("USER#{user}")), "sk": text("FILE#cfile_1"), "id": text("cfile_1"), "turn": text("1"),
        "container": text("cntr_1"), "provider": text("openai"), "name": text(name), "session": text(session),
    });
    world.put_item(&item).await;
}

/// A turn that waits for its client: its log is named by its session alone.
async fn waiting(world: &World, actor: &Actor, mark: &str) {
    let call = Script::new().calls_tool("call_1", "look", "{}").finish_because("tool_calls");
    world.provider.then(call);
    let tool = json!({ "name": "look", "description": mark, "parameters": { "type": "object" } });
    let turn = actor.consult(json!({ "text": format!("Look? {mark}"), "tools": [tool] })).await;
    turn.frames().await;
}

/// How many items of each kind are this user's; a kind is called as in an export.
async fn held(world: &World, user: &str, email: &str) -> BTreeMap<String, u64> {
    let address = format!("EMAIL#{}", address_digest(email));
    let mut held = BTreeMap::new();
    for (pk, sk) in keys(world).await {
        if pk == format!("USER#{user}") || pk.starts_with(&format!("USER#{user}#")) || pk == address {
            *held.entry(name(Kind::of(&pk, &sk).expect("a kind"))).or_default() += 1;
        }
    }
    held
}

async fn keys(world: &World) -> Vec<(String, String)> {
    let key = |item: &Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
    world.items().await.iter().map(|item| (key(item, "pk"), key(item, "sk"))).collect()
}

fn name(kind: Kind) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}

async fn export(actor: &Actor) -> Vec<Value> {
    let reply = actor.get("/me/export").await;
    assert_eq!(reply.status(), StatusCode::OK);
    let header = |name: &str| reply.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/x-ndjson");
    assert_eq!(header("content-disposition"), "attachment; filename=\"counsel-export.ndjson\"");
    let text = reply.text().await.unwrap();
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

async fn erase(leaver: &Leaver) -> Value {
    let request = leaver.actor.request(Method::DELETE, "/me").json(&json!({ "confirm": leaver.user }));
    let reply = request.send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::ACCEPTED);
    let location = reply.headers()["location"].to_str().unwrap().to_owned();
    let receipt: Value = reply.json().await.unwrap();
    assert_eq!(receipt["link"], location.as_str());
    receipt
}

/// Nobody needs to prove anything to read a receipt.
async fn done(server: &Server, receipt: &Value) -> Value {
    let (nobody, end) = (Actor::new(&server.url, ""), Instant::now() + Duration::from_mins(1));
    loop {
        let link = receipt["link"].as_str().unwrap();
        let read: Value = nobody.request_without_token(Method::GET, link).send().await.unwrap().json().await.unwrap();
        if read["status"] == "done" {
            return read;
        }
        assert!(Instant::now() < end, "never done: {read}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Nothing of her: neither key nor value, nor a word.
async fn nothing_is_left(world: &World, user: &str, email: &str) {
    let address = address_digest(email);
    for item in world.items().await {
        let text = item.to_string();
        assert!(![user, email, &address, CANARY].iter().any(|word| text.contains(word)), "{text}");
    }
}

async fn of_user(world: &World, user: &str) -> Vec<Value> {
    world.items().await.into_iter().filter(|item| item.to_string().contains(user)).collect()
}

#[tokio::test]
async fn everything_is_exported_and_then_everything_is_erased_and_nobody_else_loses_anything() {
    let world = World::with(Script::says("An answer.")).await;
    let (server, other) = (server(&world).await, server(&world).await);
    let ada = with_everything(&world, &server, EMAIL, CANARY).await;
    let bob = with_everything(&world, &server, "bob@example.com", "Bob's").await;
    let bobs = of_user(&world, &bob.user).await;

    let held_before = held(&world, &ada.user, EMAIL).await;
    let lines = export(&ada.actor).await;
    is_the_same_set(&lines, &held_before);
    is_readable_and_safe(&lines, &ada);

    let receipt = erase(&ada).await;
    assert_eq!(receipt["status"], "running");
    let again = done(&other, &receipt).await;

    nothing_is_left(&world, &ada.user, EMAIL).await;
    assert_eq!(of_user(&world, &bob.user).await, bobs);
    // The turn that waited was cancelled: two more records, question and answer.
    let mut counts = held_before;
    for kind in ["message", "record"] {
        *counts.entry(kind.to_owned()).or_default() += 2;
    }
    assert_eq!(again["erased"], json!(counts), "two workers, and nothing is counted twice");
    assert_eq!(bob.actor.sessions().await.len(), 3);

    let (anew, _) = register(&server, EMAIL).await;
    assert_eq!(anew.sessions().await, [""; 0]);
    assert_eq!(anew.ask("Hello?").await.text().await, "An answer.");
}

/// Each item is a line, but for fragments, which are in the line of what they are the rest of.
fn is_the_same_set(lines: &[Value], held: &BTreeMap<String, u64>) {
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for line in &lines[1..lines.len() - 1] {
        *told.entry(line["type"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let mut expected = held.clone();
    assert!(expected.remove("fragment").is_some_and(|fragments| fragments >= 2), "{held:?}");
    assert_eq!(told, expected);
    assert_eq!(lines.last().unwrap(), &json!({ "type": "end", "counts": told }));
}

fn is_readable_and_safe(lines: &[Value], ada: &Leaver) {
    let all = json!(lines).to_string();
    for secret in ["hash", "digest", "current", "salt", "writer", "worker", "pk", "sk"] {
        assert!(!all.contains(&format!("\"{secret}\":")), "{secret}");
    }
    for credential in [&ada.refresh, &ada.key] {
        let secret = credential.rsplit('.').next().unwrap();
        assert!(!all.contains(secret) && !all.contains(&digest_of(secret)));
    }
    assert!(!all.contains(PASSWORD));
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    assert!(lines[0]["user"] == ada.user.as_str() && lines[0]["version"] == 1);
    let long = format!("Long? {CANARY} {}", "x".repeat(400_000));
    assert!(of("message").iter().any(|message| message["parts"][0]["text"] == long.as_str()));
    assert!(of("turn").iter().any(|turn| turn["question"][0]["text"] == long.as_str()));
    assert!(of("record").iter().any(|record| record["events"].is_array() && record["turn"].is_string()));
    assert_eq!(of("profile")[0]["email"], EMAIL);
    let millis = of("login")[0]["expires_at"].as_i64().unwrap();
    assert!(millis > lines[0]["at"].as_i64().unwrap());
    shape_of(lines);
}

/// What each kind of line has: who reads exports relies on it.
fn shape_of(lines: &[Value]) {
    let mut shape: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in lines {
        let fields = line.as_object().unwrap().keys().map(String::as_str).filter(|name| *name != "type");
        shape.entry(line["type"].as_str().unwrap()).or_default().extend(fields);
    }
    insta::assert_snapshot!("the shape of an export", format!("{shape:#?}"));
}
