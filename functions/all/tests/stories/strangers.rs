//! Another user's things are not forbidden, they are not there (promises I1–I3).

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::domain::SessionId;
use shared::identity::{LOCAL_ISSUER, user_id};
use shared::testing::{Actor, Script, World, problem};

use crate::places;
use crate::raw;
use crate::signed_in::sign_in;

/// What a path names is nobody's own there.
const OF_ALL: [&str; 2] = ["GET /v1/models/{model}", "POST /tools/{tool}"];

/// The contract is everybody's, and its examples are of an Ada of their own.
const CONTRACT: [&str; 3] = ["GET /openapi.json", "GET /api/v1/openapi.json", "GET /docs"];

/// Routes whose client takes a 404 for a fault: where nothing is, nothing is open.
const NOTHING_OPEN: [&str; 2] = ["GET /api/chat/{session}/stream", "POST /api/chat/{session}/stop"];

/// What is sent along where a route wants a body. The names are replaced as they are in paths.
const BODIES: [(&str, &str); 8] = [
    ("PATCH /api/v1/conversations/{conversation}", r#"{"title":"Eve was here"}"#),
    ("PATCH /conversations/{session}", r#"{"title":"Eve was here"}"#),
    ("PATCH /sessions/{session}", r#"{"title":"Eve was here"}"#),
    ("POST /api/v1/conversations/{conversation}/messages", r#"{"content":"What did she say?"}"#),
    ("POST /api/v1/conversations/{conversation}/messages/stream", r#"{"content":"What did she say?"}"#),
    ("POST /consult", r#"{"text":"What did she say?","session":"{session}"}"#),
    ("POST /turns/{turn}/approvals/{call}", r#"{"approved":true}"#),
    ("POST /turns/{turn}/outcomes/{call}", r#"{"content":"Eve's"}"#),
];

/// Nobody hears from these whether there was something.
const FORGIVING: [&str; 1] = ["DELETE /api/v1/conversations/{conversation}"];

/// Names in a route and what they stand for.
type Objects = BTreeMap<&'static str, String>;

const NAMES: [&str; 12] = [
    "{session}",
    "{turn}",
    "{message}",
    "{login}",
    "{key}",
    "{call}",
    "{file}",
    "{response}",
    // What some clients call a session.
    "{conversation}",
    "{second}",
    "{email}",
    "{erasure}",
];

/// What is not known is `1`, and is not there.
fn objects(known: &[(&'static str, &str)]) -> Objects {
    let mut objects: Objects = NAMES.into_iter().map(|name| (name, "1".to_owned())).collect();
    objects.extend(known.iter().map(|(name, id)| (*name, (*id).to_owned())));
    let session = objects["{session}"].clone();
    objects.insert("{conversation}", SessionId::parse(session.as_str()).unwrap().to_uuid().unwrap());
    objects.insert("{second}", session);
    objects
}

const FILE: &str = "cfile_hers";

fn routes() -> Vec<String> {
    places::functions().into_iter().flat_map(|function| places::routes(&function)).collect()
}

/// In its path, or in its body. What Eve finds elsewhere is her own, or nobody's.
fn names_an_object(route: &str) -> bool {
    let in_path = route.contains('{') && !OF_ALL.contains(&route);
    in_path || BODIES.iter().any(|(known, _)| *known == route)
}

#[tokio::test]
async fn what_is_anothers_and_what_does_not_exist_are_the_same() {
    let world = World::with(Script::says("The secret.")).await;
    let server = world.start().await;
    let (ada, eve) = (sign_in(&server, "ada").await, server.actor("eve").await);
    let refresh = ada.refresh;
    let ada = ada.actor;
    let ended = ada.ask("What is it?").await;
    let (session, turn) = (ended.session.clone(), ended.id.clone());
    ended.text().await;
    let message = ada.history(&session).await[0]["id"].as_str().unwrap().to_owned();
    let login = ada.read("/me").await["login"].as_str().unwrap().to_owned();
    let key: Value = ada.post("/me/keys", json!({ "name": "a script" })).await.json().await.unwrap();
    let key_id = key["id"].as_str().unwrap().to_owned();
    world.put_file("ada", &session, FILE).await;
    world.provider.then(Script::new().say("Her ").gate("rest").say("secret.").finish());
    let mut live = ada.ask("What is it now?").await;
    live.stream.until("Her").await;
    eve.post("/sessions", json!({ "id": "eves" })).await;

    let in_session = |session: &str, turn: &str| {
        objects(&[
            ("{session}", session),
            ("{turn}", turn),
            ("{message}", &message),
            ("{login}", &login),
            ("{key}", &key_id),
            ("{file}", FILE),
            ("{response}", &format!("resp_{turn}")),
            ("{email}", "ada@example.com"),
            // A receipt is its own proof, and there is no erasure here.
            ("{erasure}", "made-up"),
        ])
    };
    let hers = in_session(&session, &turn);
    let hers_live = in_session(&live.session, &live.id);
    let nothing = objects(&[]);
    for route in routes().into_iter().filter(|route| !CONTRACT.contains(&route.as_str())) {
        if !names_an_object(&route) {
            tells_nothing_of(&eve, &route, &[&hers, &hers_live]).await;
            continue;
        }
        is_not_there(&eve, &route, &hers, &nothing).await;
        is_not_there(&eve, &route, &hers_live, &nothing).await;
        if route.contains("{message}") {
            let in_eves = |message: &str| objects(&[("{session}", "eves"), ("{message}", message)]);
            is_not_there(&eve, &route, &in_eves(&message), &in_eves("1")).await;
        }
    }

    world.provider.release("rest");
    assert_eq!(live.text().await, "secret.", "nobody has stopped it");
    assert_eq!(ada.read(&format!("/sessions/{session}")).await["title"], "What is it?");
    assert_eq!(ada.transcript(&session).await.len(), 2);
    assert!(eve.sessions().await.contains(&"eves".to_owned()));
    assert_eq!(ada.read("/me/keys").await["data"][0]["id"], key_id);
    let script = Actor::new(&server.url, key["key"].as_str().unwrap());
    assert_eq!(script.read("/me").await["email"], "ada@example.com");
    let renewed = ada.post("/token", json!({ "refresh_token": refresh })).await;
    assert_eq!(renewed.status(), StatusCode::OK, "she is still signed in");
}

/// The whole reply is the same, to the byte, apart from what the path itself says.
async fn is_not_there(eve: &Actor, route: &str, anothers: &Objects, nothing: &Objects) {
    let (theirs, none) = (reply_to(eve, route, anothers).await, reply_to(eve, route, nothing).await);
    let is_nothing = none.starts_with("404") || NOTHING_OPEN.contains(&route) && none.starts_with("204");
    assert!(is_nothing || FORGIVING.contains(&route), "{route}: {none}");
    assert_eq!(theirs, none, "{route} {anothers:?}");
}

async fn reply_to(eve: &Actor, route: &str, objects: &Objects) -> String {
    let fill = |text: &str| objects.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id));
    let (method, path) = route.split_once(' ').unwrap();
    let asked = fill(path);
    assert!(!asked.contains('{'), "{route}: an object that is not Ada's yet");
    let mut request = eve.request(method.parse::<Method>().unwrap(), &asked).header("x-request-id", "same");
    let body = BODIES.iter().find(|(known, _)| *known == route);
    assert!(path.contains('{') || body.is_some(), "{route}: what could a stranger ask there?");
    if let Some((_, body)) = body {
        request = request.header("content-type", "application/json").body(fill(body));
    }
    let reply = request.send().await.unwrap();
    let (status, mut headers) = (reply.status(), reply.headers().clone());
    headers.remove("date");
    let text = reply.text().await.unwrap();
    assert!(objects.iter().all(|(name, id)| !path.contains(name) || id == "1" || !text.contains(id)), "{text}");
    format!("{status} {headers:?} {text}")
}

/// Whatever Eve asks for, with all of Ada's ids in her hands, she does not hear of Ada.
async fn tells_nothing_of(eve: &Actor, route: &str, hers: &[&Objects]) {
    let (method, path) = route.split_once(' ').unwrap();
    let ada = user_id(LOCAL_ISSUER, "ada");
    let ids: Vec<_> = hers.iter().flat_map(|objects| objects.values()).filter(|id| *id != "1").collect();
    let query = hers[0].iter().map(|(name, id)| format!("{}={id}", name.trim_matches(['{', '}'])));
    let query = query.collect::<Vec<_>>().join("&");
    let body = json!({ "everywhere": true, "user": ada, "login": hers[0]["{login}"], "name": "Eve's" });
    let request = eve.request(method.parse::<Method>().unwrap(), &format!("{path}?user={ada}&{query}"));
    let reply = if method == "POST" { request.json(&body) } else { request }.send().await.unwrap();
    let headers = format!("{:?}", reply.headers());
    let told = headers + &reply.text().await.unwrap();
    assert!(!told.contains(ada.as_str()) && !told.contains("ada@example.com"), "{route}: {told}");
    assert!(!ids.into_iter().any(|id| told.contains(id)), "{route}: {told}");
}

/// Routes that ask nobody who they are: each has proofs of its own, or nothing to hide.
const OPEN: [&str; 24] = [
    "GET /",
    "GET /.well-known/jwks.json",
    "GET /api/auth/google-login",
    "GET /api/auth/session",
    "GET /api/google/auth",
    "GET /api/google/status",
    "GET /api/v1/openapi.json",
    "GET /auth/google",
    "GET /auth/google/callback",
    "GET /callback",
    "GET /docs",
    "GET /erasures/{erasure}",
    "GET /health",
    "GET /login",
    "GET /login/providers",
    "GET /openapi.json",
    "GET /ready",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/register",
    "POST /auth/logout",
    "POST /callback",
    "POST /logout",
    "POST /token",
];

#[tokio::test]
async fn who_proves_nothing_comes_in_nowhere() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let nobody = Actor::new(&server.url, "");
    for route in routes().iter().filter(|route| !OPEN.contains(&route.as_str())) {
        let (method, path) = route.split_once(' ').unwrap();
        let path = NAMES.iter().fold(path.to_owned(), |path, name| path.replace(name, "1"));
        let reply = nobody.request_without_token(method.parse().unwrap(), &path).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED, "{route}");
    }
}

/// Eve has seen Ada's ids, in a log perhaps, and makes up the rest.
#[tokio::test]
async fn an_id_without_its_secret_opens_and_ends_nothing() {
    let world = World::with(Script::says("The secret.")).await;
    let server = world.start().await;
    let (ada, nobody) = (sign_in(&server, "ada").await, Actor::new(&server.url, ""));
    let key: Value = ada.actor.post("/me/keys", json!({ "name": "a script" })).await.json().await.unwrap();
    let key = key["key"].as_str().unwrap().to_owned();
    let ticket: Value = ada.actor.post("/tickets", json!({})).await.json().await.unwrap();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();

    let by_key = async |key: &str| said(Actor::new(&server.url, key).get("/me").await).await;
    let unknown_key = by_key(&with_id(&forged(&key), "1")).await;
    assert!(unknown_key.starts_with("401"), "{unknown_key}");
    assert_eq!(by_key(&forged(&key)).await, unknown_key);
    let log_out = async |token: &str| {
        let request = nobody.request_without_token(Method::POST, "/logout");
        said(request.json(&json!({ "refresh_token": token, "everywhere": true })).send().await.unwrap()).await
    };
    let unknown_login = log_out(&with_id(&forged(&ada.refresh), "1")).await;
    assert_eq!(log_out(&forged(&ada.refresh)).await, unknown_login);

    assert!(by_key(&key).await.starts_with("200"));
    let renewed = ada.actor.post("/token", json!({ "refresh_token": ada.refresh })).await;
    assert_eq!(renewed.status(), StatusCode::OK);
    let by_ticket = nobody.request_without_token(Method::GET, &format!("/me?ticket={ticket}"));
    assert_eq!(by_ticket.send().await.unwrap().status(), StatusCode::OK);
}

/// The same credential with another secret: 32 zeros in base64.
fn forged(credential: &str) -> String {
    let (ids, _) = credential.rsplit_once('.').unwrap();
    format!("{ids}.{}", "A".repeat(43))
}

fn with_id(credential: &str, id: &str) -> String {
    let pieces: Vec<_> = credential.split('.').collect();
    format!("{}.{id}.{}", pieces[0], pieces[2])
}

/// Status and body, without the request's id.
async fn said(reply: reqwest::Response) -> String {
    let status = reply.status();
    let mut body: Value = serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    format!("{status} {body}")
}

#[tokio::test]
async fn the_same_session_id_is_another_session_for_another_user() {
    let world = World::with(Script::says("Yours alone.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    ada.post("/sessions", json!({ "id": "diary", "title": "Ada's" })).await;
    ada.ask_in("diary", "A secret?").await.text().await;

    let created = eve.post("/sessions", json!({ "id": "diary" })).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    assert_eq!(eve.transcript("diary").await, [""; 0]);
    eve.ask_in("diary", "Mine?").await.text().await;
    assert_eq!(eve.delete("/sessions/diary").await.status(), StatusCode::NO_CONTENT);

    let prompts = world.provider.calls();
    assert!(!prompts[1].body.to_string().contains("secret"), "no model is told another user's words");
    assert_eq!(ada.read("/sessions/diary").await["title"], "Ada's");
    assert_eq!(ada.transcript("diary").await, ["user completed: A secret?", "assistant completed: Yours alone."]);
}

#[tokio::test]
async fn an_id_that_is_none_reaches_no_key() {
    let world = World::with(Script::says("Never.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    ada.post("/sessions", json!({ "id": "a" })).await;
    let before = world.items().await;
    let long = "a".repeat(65);
    let in_paths =
        ["MSG%231", "SESSION%23a", "..", "%2e%2e", "%2e%2e%2fsessions", "a%23b", "a%00", "%20a", "%ff", "*", &long];
    for id in in_paths {
        for (method, path) in [
            ("GET", format!("/sessions/{id}")),
            ("DELETE", format!("/sessions/{id}")),
            ("GET", format!("/sessions/{id}/messages")),
            ("DELETE", format!("/sessions/a/messages/{id}")),
            ("GET", format!("/turns/{id}")),
            ("GET", format!("/turns/{id}/stream")),
            ("POST", format!("/turns/{id}/cancel")),
            ("GET", format!("/files/{id}")),
            ("DELETE", format!("/me/logins/{id}")),
            ("DELETE", format!("/me/keys/{id}")),
            ("GET", format!("/erasures/{id}")),
        ] {
            let reply = raw::ask(&server, ada.token(), method, &path).await;
            assert!(reply.starts_with("HTTP/1.1 404 "), "{method} {path}: {reply}");
            assert!(reply.contains("application/problem+json"), "{method} {path}: {reply}");
        }
    }
    for id in ["", "MSG#1", "SESSION#a", "..", "../a", "a#b", "a\u{0}", " a", "é", "*", &long] {
        for (path, body) in [("/sessions", json!({ "id": id })), ("/consult", json!({ "text": "Hi", "session": id }))] {
            assert_eq!(problem(ada.post(path, body).await).await["status"], 422, "{path} {id:?}");
        }
    }
    assert_eq!(world.items().await, before);
}

#[tokio::test]
async fn fields_that_nobody_offers_set_nothing() {
    let world = World::with(Script::says("Just an answer.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let eve_id = user_id(LOCAL_ISSUER, "eve");
    let more = json!({
        "owner": eve_id, "user": eve_id, "pk": format!("USER#{eve_id}"), "sk": "SESSION#mine", "created_at": "1999-01-01T00:00:00Z",
        "updated_at": 1, "open_turn": "7", "active": "~", "deleted_by": "eve", "expires_at": 1, "role": "system",
        "status": "failed", "usage": { "input_tokens": 9 }
    });
    let with = |mut body: Value| {
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };

    let created: Value = ada.post("/sessions", with(json!({ "id": "mine" }))).await.json().await.unwrap();
    ada.consult(with(json!({ "text": "Mine?", "session": "mine" }))).await.text().await;
    ada.patch("/sessions/mine", with(json!({ "title": "Mine" }))).await;

    let session = ada.read("/sessions/mine").await;
    assert_eq!((&session["title"], &session["open_turn"]), (&json!("Mine"), &json!(null)));
    assert_eq!(session["created_at"], created["created_at"]);
    assert!(session["created_at"].as_str().unwrap() > "2025");
    assert_eq!(ada.transcript("mine").await, ["user completed: Mine?", "assistant completed: Just an answer."]);
    assert!(eve.sessions().await.is_empty());
    let keys = world.keys().await;
    let hers = format!("USER#{}", user_id(LOCAL_ISSUER, "ada"));
    assert!(keys.iter().all(|key| key.starts_with(&hers)), "{keys:?}");
}
