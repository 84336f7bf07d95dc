//! Personal API keys, one-time tickets, and that nothing of either lies about.

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::{Actor, Script, Server, World, problem};

use crate::issuer::Issuer;
use crate::registered::{self, PASSWORD, PASSWORDS_ON, json_of, nobody, register};
use crate::signing_key::{SigningKey, in_seconds};

async fn make(ada: &Actor, body: Value) -> Value {
    let reply = ada.post("/me/keys", body).await;
    assert_eq!(reply.status(), StatusCode::CREATED, "{}", reply.text().await.unwrap());
    json_of(reply).await
}

fn holder(server: &Server, key: &Value) -> Actor {
    Actor::new(&server.url, key["key"].as_str().expect("the key itself"))
}

async fn with_x_api_key(server: &Server, key: &str, method: Method, path: &str, body: &Value) -> reqwest::Response {
    let request = nobody(server).request_without_token(method, path).header("x-api-key", key);
    request.json(body).send().await.unwrap()
}

/// The item of the only key, as the store holds it.
async fn item_of(world: &World, prefix: &str) -> Value {
    let is_it = |item: &Value| item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with(prefix));
    world.items().await.into_iter().find(is_it).expect("an item")
}

#[tokio::test]
async fn a_key_is_shown_once_and_works_where_its_owner_does() {
    let world = World::with(Script::says("Hello.")).await;
    let server = registered::start(&world).await;
    let (ada, _) = register(&server, "ada@example.com").await;
    let key = make(&ada, json!({ "name": " my script " })).await;
    let secret = key["key"].as_str().unwrap();
    assert!(secret.starts_with("ck_"), "{secret}");
    assert_eq!((&key["name"], &key["expires_at"]), (&json!("my script"), &Value::Null));

    let list = ada.read("/me/keys").await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!((&list["data"][0]["id"], &list["data"][0]["name"]), (&key["id"], &key["name"]));
    assert!(list["data"][0].get("key").is_none() && !list.to_string().contains(secret.rsplit('.').next().unwrap()));

    let script = holder(&server, &key);
    let me = ada.read("/me").await["user"].clone();
    assert_eq!(script.read("/me").await["user"], me);
    assert_eq!(script.ask("Hello?").await.text().await, "Hello.");
    let by_header = with_x_api_key(&server, secret, Method::GET, "/me", &json!({})).await;
    assert_eq!(json_of(by_header).await["user"], me);
    let asked = json!({ "text": "Hello?", "stream": false });
    let answer = json_of(with_x_api_key(&server, secret, Method::POST, "/consult", &asked).await).await;
    assert!(answer.to_string().contains("Hello."), "{answer}");
    assert_eq!(ada.sessions().await.len(), 2);
}

#[tokio::test]
async fn a_revoked_key_is_dead_at_once_everywhere() {
    let world = World::with(Script::says("Never.")).await;
    let (here, there) = (registered::start(&world).await, registered::start(&world).await);
    let (ada, _) = register(&here, "ada@example.com").await;
    let (key, other) = (make(&ada, json!({ "name": "a" })).await, make(&ada, json!({ "name": "b" })).await);
    let script = holder(&here, &key);
    assert_eq!(script.get("/me").await.status(), StatusCode::OK);
    assert_eq!(script.at(&there).get("/me").await.status(), StatusCode::OK);
    let path = format!("/me/keys/{}", key["id"].as_str().unwrap());
    assert_eq!(ada.delete(&path).await.status(), StatusCode::NO_CONTENT);
    for server in [&here, &there] {
        assert_eq!(script.at(server).get("/me").await.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(holder(server, &other).get("/me").await.status(), StatusCode::OK);
    }
    assert_eq!(problem(ada.delete(&path).await).await["code"], "key_not_found");
    assert_eq!(ada.read("/me/keys").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_ends_when_its_time_is_over() {
    let world = World::with(Script::says("Never.")).await;
    let server = registered::start(&world).await;
    let (ada, _) = register(&server, "ada@example.com").await;
    let key = make(&ada, json!({ "name": "for an hour", "expires_in": 3_600 })).await;
    assert!(key["expires_at"].is_string());
    let script = holder(&server, &key);
    assert_eq!(script.get("/me").await.status(), StatusCode::OK);
    let mut item = item_of(&world, "KEY#").await;
    let until: i64 = item["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert!((3_590..=3_600).contains(&(until - in_seconds(0))));
    item["expires_at"] = json!({ "N": in_seconds(0).to_string() });
    world.put_item(&item).await;
    assert_eq!(script.get("/me").await.status(), StatusCode::UNAUTHORIZED);
    assert!(ada.read("/me/keys").await["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_key_needs_a_name_and_a_life_that_can_be() {
    let world = World::with(Script::says("Never.")).await;
    let server = registered::start(&world).await;
    let (ada, _) = register(&server, "ada@example.com").await;
    for (body, field) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": "  " }), "name"),
        (json!({ "name": "ä".repeat(101) }), "name"),
        (json!({ "name": 7 }), "name"),
        (json!({}), "."),
        (json!({ "name": "a", "expires_in": 0 }), "expires_in"),
        (json!({ "name": "a", "expires_in": 400_000_000 }), "expires_in"),
        (json!({ "name": "a", "expires_in": u64::MAX }), "expires_in"),
        (json!({ "name": "a", "expires_in": -1 }), "expires_in"),
    ] {
        let refusal = problem(ada.post("/me/keys", body.clone()).await).await;
        assert_eq!((&refusal["status"], &refusal["errors"][0]["field"]), (&json!(422), &json!(field)), "{body}");
    }
    make(&ada, json!({ "name": "ä".repeat(100), "id": "mine", "key": "ck_mine", "by_login": true })).await;
    let item = item_of(&world, "KEY#").await;
    assert!(item["id"]["S"] != "mine" && item["by_login"].is_null(), "{item}");
}

#[tokio::test]
async fn fifty_keys_are_enough() {
    let world = World::with(Script::says("Never.")).await;
    let server = registered::start(&world).await;
    let (ada, _) = register(&server, "ada@example.com").await;
    for number in 0..50 {
        make(&ada, json!({ "name": format!("key {number}") })).await;
    }
    let refusal = problem(ada.post("/me/keys", json!({ "name": "one more" })).await).await;
    assert_eq!((&refusal["status"], &refusal["code"]), (&json!(409), &json!("too_many_keys")));
    let keys = ada.read("/me/keys").await;
    let id = keys["data"][0]["id"].as_str().unwrap();
    ada.delete(&format!("/me/keys/{id}")).await;
    make(&ada, json!({ "name": "in its place" })).await;
}

#[tokio::test]
async fn a_key_opens_no_other_door() {
    let world = World::with(Script::says("Never.")).await;
    let server = registered::start(&world).await;
    let (ada, _) = register(&server, "ada@example.com").await;
    let key = make(&ada, json!({ "name": "script" })).await;
    let script = holder(&server, &key);
    let id = key["id"].as_str().unwrap();
    let login = ada.read("/me/logins").await["data"][0]["id"].as_str().unwrap().to_owned();
    for (method, path) in [
        (Method::GET, "/me/keys".to_owned()),
        (Method::POST, "/me/keys".to_owned()),
        (Method::DELETE, format!("/me/keys/{id}")),
        (Method::GET, "/me/logins".to_owned()),
        (Method::DELETE, format!("/me/logins/{login}")),
        (Method::POST, "/tickets".to_owned()),
        (Method::POST, "/logout".to_owned()),
        (Method::POST, "/logout?everywhere=true".to_owned()),
        (Method::POST, "/auth/logout".to_owned()),
        (Method::POST, "/api/v1/auth/logout".to_owned()),
    ] {
        let request = script.request(method.clone(), &path).json(&json!({ "name": "more" }));
        let refusal = problem(request.send().await.unwrap()).await;
        assert_eq!((&refusal["status"], &refusal["code"]), (&json!(403), &json!("sign_in_needed")), "{method} {path}");
    }
    assert_eq!(ada.get("/me").await.status(), StatusCode::OK);
    assert_eq!(ada.read("/me/keys").await["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn anothers_key_is_not_there() {
    let world = World::with(Script::says("Never.")).await;
    let server = registered::start(&world).await;
    let ((ada, _), (eve, _)) = (register(&server, "ada@example.com").await, register(&server, "eve@example.com").await);
    let key = make(&ada, json!({ "name": "script" })).await;
    let id = key["id"].as_str().unwrap();
    let theirs = problem(eve.delete(&format!("/me/keys/{id}")).await).await;
    assert_eq!(theirs["status"], 404);
    assert_eq!(theirs, problem(eve.delete("/me/keys/unknown").await).await);
    assert!(eve.read("/me/keys").await["data"].as_array().unwrap().is_empty());

    // With one's own name in front, another's id, or another's secret.
    let own = make(&eve, json!({ "name": "own" })).await;
    let pieces = |key: &Value| -> Vec<String> {
        key["key"].as_str().unwrap().strip_prefix("ck_").unwrap().split('.').map(str::to_owned).collect()
    };
    let (adas, eves) = (pieces(&key), pieces(&own));
    for forged in [
        format!("ck_{}.{}.{}", eves[0], adas[1], eves[2]),
        format!("ck_{}.{}.{}", adas[0], eves[1], eves[2]),
        format!("ck_{}.{}.{}", adas[0], adas[1], eves[2]),
        format!("ck_{}.{}.", adas[0], adas[1]),
        format!("cr_{}.{}.{}", adas[0], adas[1], adas[2]),
        format!("ct_{}.{}.{}", adas[0], adas[1], adas[2]),
    ] {
        assert_eq!(Actor::new(&server.url, &forged).get("/me").await.status(), StatusCode::UNAUTHORIZED, "{forged}");
    }
    assert_eq!(holder(&server, &key).get("/me").await.status(), StatusCode::OK);
}

async fn ticket(ada: &Actor) -> String {
    let reply = ada.post("/tickets", json!({})).await;
    assert_eq!(reply.status(), StatusCode::CREATED);
    let told = json_of(reply).await;
    assert_eq!(told["expires_in"], 30);
    told["ticket"].as_str().unwrap().to_owned()
}

/// As an `EventSource` asks: a GET without any header of its own.
async fn open(server: &Server, path: &str, ticket: &str) -> reqwest::Response {
    let join = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{join}ticket={ticket}");
    nobody(server).request_without_token(Method::GET, &path).send().await.unwrap()
}

#[tokio::test]
async fn a_ticket_opens_one_stream() {
    let world = World::with(Script::says("Hello Ada.")).await;
    let settings = [PASSWORDS_ON, ("LOG_LEVEL", "debug")];
    let (here, there) = (world.start_with(&settings).await, world.start_with(&settings).await);
    let (ada, _) = register(&here, "ada@example.com").await;
    let (eve, _) = register(&here, "eve@example.com").await;
    let turn = ada.ask("Hello?").await;
    let path = format!("/turns/{}/stream?after=0", turn.id);
    turn.text().await;

    let good = ticket(&ada).await;
    let reply = open(&there, &path, &good).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(reply.text().await.unwrap().contains("[DONE]"));
    for server in [&here, &there] {
        assert_eq!(problem(open(server, &path, &good).await).await["status"], 401, "a second time");
    }
    let eves = open(&here, &path, &ticket(&eve).await).await;
    assert_eq!(eves.status(), StatusCode::NOT_FOUND, "another's turn is not there");

    let (one, other) = (ticket(&ada).await, ticket(&ada).await);
    let mixed = format!("{}.{}", one.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
    assert_eq!(open(&here, &path, &mixed).await.status(), StatusCode::UNAUTHORIZED, "another ticket's secret");
    let unused = ticket(&ada).await;
    for (method, path) in [(Method::POST, "/consult"), (Method::POST, "/logout"), (Method::POST, "/sessions")] {
        let path = format!("{path}?ticket={unused}");
        let request = nobody(&here).request_without_token(method, &path).json(&json!({ "text": "Hi" }));
        let status = request.send().await.unwrap().status();
        assert!(status == StatusCode::UNAUTHORIZED || path.starts_with("/logout"), "{path}: {status}");
    }
    assert_eq!(ada.get("/me").await.status(), StatusCode::OK, "a link has signed nobody out");
    for header in [("authorization", format!("Bearer {unused}")), ("x-api-key", unused.clone())] {
        let request = nobody(&here).request_without_token(Method::GET, "/me").header(header.0, header.1);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "it is no token");
    }
    assert_eq!(open(&here, "/me/keys", &unused).await.status(), StatusCode::FORBIDDEN, "and shows no keys");

    let logged = [here.process.lines(), there.process.lines()].concat().join("\n");
    assert!(logged.contains("/turns/{turn}/stream"), "the requests are in the log");
    for secret in [&good, &unused] {
        for part in secret.split('.').skip(1) {
            assert!(!logged.contains(part), "a ticket is in the log");
        }
    }
}

#[tokio::test]
async fn of_many_who_use_a_ticket_at_once_one_gets_in() {
    let world = World::with(Script::says("Never.")).await;
    let (here, there) = (registered::start(&world).await, registered::start(&world).await);
    let (ada, _) = register(&here, "ada@example.com").await;
    let ticket = ticket(&ada).await;
    let all = join_all((0..10).map(|n| open(if n % 2 == 0 { &here } else { &there }, "/me", &ticket))).await;
    assert_eq!(all.iter().filter(|reply| reply.status() == StatusCode::OK).count(), 1);
    assert_eq!(all.iter().filter(|reply| reply.status() == StatusCode::UNAUTHORIZED).count(), 9);
}

#[tokio::test]
async fn a_ticket_is_good_for_thirty_seconds() {
    let world = World::with(Script::says("Never.")).await;
    let server = registered::start(&world).await;
    let (ada, _) = register(&server, "ada@example.com").await;
    let ticket = ticket(&ada).await;
    let mut item = item_of(&world, "TICKET#").await;
    let left = item["expires_at"]["N"].as_str().unwrap().parse::<i64>().unwrap() - in_seconds(0);
    assert!((28..=30).contains(&left), "{left}");
    item["expires_at"] = json!({ "N": in_seconds(0).to_string() });
    world.put_item(&item).await;
    assert_eq!(open(&server, "/me", &ticket).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn no_secret_lies_in_the_table_or_in_the_log() {
    let world = World::with(Script::says("Hello.")).await;
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let provider = issuer.as_provider();
    let settings = [PASSWORDS_ON, ("LOG_LEVEL", "debug"), ("OIDC_PROVIDERS", &provider)];
    let server = world.start_with(&settings).await;
    let (ada, told) = register(&server, "ada@example.com").await;
    registered::send(&server, "login", "ada@example.com", "another guess of hers").await;
    let key = make(&ada, json!({ "name": "script" })).await["key"].as_str().unwrap().to_owned();
    let unused = ticket(&ada).await;
    let refresh = told["refresh_token"].as_str().unwrap().to_owned();
    let renewed = json_of(ada.post("/token", json!({ "refresh_token": refresh })).await).await;
    let begun = nobody(&server).request_without_token(Method::GET, "/login").send().await.unwrap();
    let page = url::Url::parse(begun.headers()["location"].to_str().unwrap()).unwrap();
    let state = crate::issuer::fields(page.query().unwrap().as_bytes())["state"].clone();
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().to_owned();
    let browser = cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned();

    let last = |credential: &str| credential.rsplit('.').next().unwrap().to_owned();
    let secrets = [
        ("the password", PASSWORD.to_owned()),
        ("a wrong password", "another guess of hers".to_owned()),
        ("an API key", last(&key)),
        ("a ticket", last(&unused)),
        ("a refresh token", last(&refresh)),
        ("its successor", last(renewed["refresh_token"].as_str().unwrap())),
        ("an access token", last(ada.token())),
        ("a state", state),
        ("what a browser holds", browser),
        ("the client's secret", crate::issuer::SECRET.to_owned()),
    ];
    let table = Value::from(world.items().await).to_string();
    for kept in ["PASSWORD", "TRIES", "KEY#", "TICKET#", "LOGIN#", "SIGN_IN#", "PROFILE"] {
        assert!(table.contains(kept), "no {kept} in {table}");
    }
    let log = server.process.lines().join("\n");
    assert!(log.contains("/api/v1/auth/login"), "{log}");
    // The greeting of a laptop shows a local user's token; it is nobody's of these.
    for (what, secret) in secrets {
        assert!(secret.len() >= 20, "{what} is {} characters long", secret.len());
        assert!(!table.contains(&secret), "{what} lies in the table");
        assert!(!log.contains(&secret), "{what} is in the log");
    }
    assert!(!log.contains("ada@example.com"), "an address is in the log");
}
