//! The Conversation API's own accounts: e-mail and password.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::{Actor, Script, World, problem};

use crate::registered::{PASSWORD, PASSWORDS_ON, json_of, nobody, register, send, start};

#[tokio::test]
async fn whoever_registers_is_signed_in_and_can_log_in_again() {
    let world = World::with(Script::says("Hello.")).await;
    let server = start(&world).await;
    let (ada, told) = register(&server, "Ada@Example.com").await;

    let fields: BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, BTreeSet::from(["access_token", "expires_in", "refresh_token", "token_type", "user"]));
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("bearer"), &json!(900)));
    assert_eq!(told["user"]["email"], "Ada@Example.com");
    let me = ada.read("/me").await;
    let uuid = told["user"]["id"].as_str().unwrap();
    assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{uuid}");
    assert_eq!(me["user"], uuid.replace('-', ""));
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("Ada@Example.com"), &json!(false)));
    assert_eq!(me["issuer"], "counsel/password");

    let again = json_of(send(&server, "login", " ada@example.COM", PASSWORD).await).await;
    assert_eq!(again["user"], told["user"]);
    assert_ne!(again["refresh_token"], told["refresh_token"]);
    let same = Actor::new(&server.url, again["access_token"].as_str().unwrap());
    assert_eq!(same.ask("Hello?").await.text().await, "Hello.");
    let logins = same.read("/me/logins").await;
    assert_eq!(logins["data"].as_array().unwrap().len(), 2);
    assert!(logins["data"].as_array().unwrap().iter().all(|login| login["provider"] == "password"), "{logins}");
}

#[tokio::test]
async fn logging_out_ends_the_login_and_its_refresh_token() {
    let world = World::with(Script::says("Never.")).await;
    let server = start(&world).await;
    let (ada, told) = register(&server, "ada@example.com").await;
    let reply = ada.request(Method::POST, "/api/v1/auth/logout").send().await.unwrap();
    assert_eq!(json_of(reply).await, json!({ "message": "Logged out successfully" }));
    assert_eq!(problem(ada.get("/me").await).await["code"], "login_ended");
    let refresh = ada.post("/token", json!({ "refresh_token": told["refresh_token"] })).await;
    assert_eq!(refresh.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_the_same_401() {
    let world = World::with(Script::says("Never.")).await;
    let server = start(&world).await;
    register(&server, "ada@example.com").await;
    let mut bodies = Vec::new();
    for (email, password) in
        [("ada@example.com", "wrong horse"), ("eve@example.com", PASSWORD), ("no address", PASSWORD), ("", "")]
    {
        let reply = send(&server, "login", email, password).await;
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED, "{email}");
        assert_eq!(reply.headers()["www-authenticate"], "Bearer");
        bodies.push(problem(reply).await);
    }
    assert_eq!(bodies[0]["detail"], "Invalid email or password");
    assert!(bodies.iter().all(|body| body == &bodies[0]), "{bodies:#?}");
    let long = "p".repeat(300_000);
    assert_eq!(send(&server, "login", "ada@example.com", &long).await.status(), StatusCode::UNAUTHORIZED);
}

/// The clock must not tell who is registered. Asked of the processor's clock, which other work does not disturb.
#[tokio::test]
async fn an_unknown_address_costs_the_same_work() {
    let world = World::with(Script::says("Never.")).await;
    let server = start(&world).await;
    register(&server, "ada@example.com").await;
    let work = async |email: &str| {
        let before = ticks(server.process.pid());
        for _ in 0..9 {
            send(&server, "login", email, "wrong horse").await;
        }
        ticks(server.process.pid()) - before
    };
    let (known, unknown) = (work("ada@example.com").await, work("eve@example.com").await);
    assert!(unknown * 2 > known && known * 2 > unknown, "known {known}, unknown {unknown} ticks");
}

/// Hundredths of a second that a process has worked.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[tokio::test]
async fn what_cannot_be_registered_is_told_in_a_detail() {
    let world = World::with(Script::says("Never.")).await;
    let server = start(&world).await;
    register(&server, "ada@example.com").await;
    let long = format!("{}@example.com", "a".repeat(250));
    for (email, password, detail) in [
        ("ADA@example.com ", PASSWORD, "A user with this e-mail address is registered already."),
        ("nobody", PASSWORD, "This is no e-mail address."),
        ("a@b@c", PASSWORD, "This is no e-mail address."),
        (long.as_str(), PASSWORD, "This is no e-mail address."),
        ("eve@example.com", "sieben½", "A password is 8 to 256 characters long."),
        ("eve@example.com", &"p".repeat(257), "A password is 8 to 256 characters long."),
    ] {
        let body = problem(send(&server, "register", email, password).await).await;
        assert_eq!((&body["status"], &body["detail"]), (&json!(400), &json!(detail)), "{email}");
    }
    let without = nobody(&server).request_without_token(Method::POST, "/api/v1/auth/register");
    let reply = without.json(&json!({ "email": "eve@example.com", "password": 12_345_678 })).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let body: Value = reply.json().await.unwrap();
    assert_eq!(body["detail"][0]["loc"], json!(["body", "password"]), "as FastAPI tells it");
    assert!(!body.to_string().contains("12345678"), "{body}");
    assert_eq!(world.keys().await.iter().filter(|key| key.ends_with(" PASSWORD")).count(), 1);
    let body = "p".repeat(256);
    assert_eq!(send(&server, "register", "eve@example.com", &body).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn of_two_who_register_the_same_address_at_once_one_gets_it() {
    let world = World::with(Script::says("Never.")).await;
    let (here, there) = (start(&world).await, start(&world).await);
    let all = (0..6).map(|n| send(if n % 2 == 0 { &here } else { &there }, "register", "ada@example.com", PASSWORD));
    let mut statuses: Vec<u16> = join_all(all).await.iter().map(|reply| reply.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400, 400, 400]);
}

#[tokio::test]
async fn after_ten_wrong_tries_nobody_may_try_for_a_while_not_even_with_the_password() {
    let world = World::with(Script::says("Never.")).await;
    let (here, there) = (start(&world).await, start(&world).await);
    register(&here, "ada@example.com").await;
    for email in ["ada@example.com", "unknown@example.com"] {
        // All at once and at two processes: a count that is written down afterwards would let most of them through.
        let all = (0..30).map(|n| send(if n % 2 == 0 { &here } else { &there }, "login", email, "wrong horse"));
        let replies = join_all(all).await;
        let count = |status: u16| replies.iter().filter(|reply| reply.status() == status).count();
        assert_eq!((count(401), count(429)), (10, 20), "{email}");
        let late = send(&here, "login", &email.to_uppercase(), PASSWORD).await;
        assert_eq!(late.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = late.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((800..=900).contains(&wait), "{wait}");
        assert_eq!(problem(late).await["code"], "too_many_tries");
    }
    assert_eq!(send(&here, "register", "bob@example.com", PASSWORD).await.status(), 200, "others are not in it");

    for mut tries in world.items().await.into_iter().filter(|item| item["sk"]["S"] == "TRIES") {
        tries["expires_at"] = json!({ "N": "1" });
        world.put_item(&tries).await;
    }
    assert_eq!(send(&here, "login", "ada@example.com", "wrong horse").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(send(&here, "login", "ada@example.com", PASSWORD).await.status(), StatusCode::OK);
    assert!(world.keys().await.iter().filter(|key| key.ends_with(" TRIES")).count() == 1, "a good try forgets the bad");
}

#[tokio::test]
async fn a_hash_that_took_less_work_is_replaced_as_its_owner_logs_in() {
    /// `correct horse battery staple` with 8 MiB and one pass, made by argon2-cffi.
    const WEAK: &str =
        "$argon2id$v=19$m=8192,t=1,p=1$UGsfhdRBxjmU9OwHSwRU+A$7i1qs+gvfA0WJiYOLnDJwvBpi/OyMVF2FUnVlPIqK0w";
    let world = World::with(Script::says("Never.")).await;
    let server = start(&world).await;
    let (_, told) = register(&server, "ada@example.com").await;
    let item = async || world.items().await.into_iter().find(|item| item["sk"]["S"] == "PASSWORD").unwrap();
    let mut weak = item().await;
    weak["hash"] = json!({ "S": WEAK });
    world.put_item(&weak).await;

    assert_eq!(send(&server, "login", "ada@example.com", "wrong horse").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(item().await["hash"]["S"], WEAK, "who does not know the password changes nothing");
    let again = json_of(send(&server, "login", "ada@example.com", PASSWORD).await).await;
    assert_eq!(again["user"], told["user"]);
    let better = item().await["hash"]["S"].as_str().unwrap().to_owned();
    assert!(better.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{better}");
    assert_eq!(send(&server, "login", "ada@example.com", PASSWORD).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn where_passwords_are_off_there_is_nothing() {
    let world = World::with(Script::says("Never.")).await;
    let server = world.start_with(&[(PASSWORDS_ON.0, "off")]).await;
    let told = async |method: Method, path: &str| {
        let request = nobody(&server).request_without_token(method, path).header("x-request-id", "same");
        let reply = request.json(&json!({ "email": "ada@example.com", "password": PASSWORD })).send().await.unwrap();
        let mut headers = reply.headers().clone();
        headers.remove("date");
        format!("{} {headers:?} {}", reply.status(), reply.text().await.unwrap())
    };
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let unknown = told(method.clone(), "/api/v1/auth/unknown").await;
        assert!(unknown.starts_with("404"), "{unknown}");
        for path in ["/api/v1/auth/register", "/api/v1/auth/login"] {
            assert_eq!(told(method.clone(), path).await, unknown, "{path}");
        }
    }
    assert!(world.items().await.is_empty());
}
