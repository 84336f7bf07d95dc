//! The IDE plug-in's way in, against a provider that behaves as Google does for the scope `email profile`.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use shared::testing::{Actor, Script, Server, World, problem};
use url::Url;

use crate::issuer::{CLIENT, Issuer};
use crate::registered::{json_of, nobody};
use crate::signing_key::SigningKey;

const STATE: &str = "0b6f4b8e-6c1b-4d52-8d5f-9d1f3c3f0a77";

async fn world_of(issuer: &Issuer) -> (World, Server) {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start_with(&[("OIDC_PROVIDERS", &issuer.as_provider()), ("LOG_LEVEL", "debug")]).await;
    (world, server)
}

fn callback_of(server: &Server) -> String {
    format!("{}/api/auth/google-login", server.url.replace("127.0.0.1", "localhost"))
}

/// The plug-in opens the provider's page by itself; what the browser receives there is where it goes next.
pub(crate) async fn at_the_provider(issuer: &Issuer, server: &Server, state: &str) -> Url {
    let mut page = Url::parse(&format!("{}/authorize", issuer.url())).unwrap();
    page.query_pairs_mut().extend_pairs([
        ("client_id", CLIENT),
        ("redirect_uri", &callback_of(server)),
        ("response_type", "code"),
        ("scope", "email profile"),
        ("state", state),
        ("access_type", "offline"),
        ("prompt", "consent"),
    ]);
    let reply = Actor::new(page.as_str(), "").request_without_token(reqwest::Method::GET, "").send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::FOUND);
    Url::parse(reply.headers()["location"].to_str().unwrap()).unwrap()
}

/// The browser is back at us.
pub(crate) async fn back(server: &Server, url: &Url) -> Response {
    let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    nobody(server).request_without_token(reqwest::Method::GET, &path).send().await.unwrap()
}

async fn poll(server: &Server, state: &str) -> Response {
    let path = format!("/api/auth/session?state={state}");
    nobody(server).request_without_token(reqwest::Method::GET, &path).send().await.unwrap()
}

async fn is_page(reply: Response, status: u16, says: &str) -> String {
    assert_eq!(reply.status(), status);
    assert_eq!(reply.headers()["content-type"], "text/html; charset=utf-8");
    let policy = reply.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!reply.headers().contains_key("set-cookie") && !reply.headers().contains_key("www-authenticate"));
    let text = reply.text().await.unwrap();
    assert!(text.contains(says), "{text}");
    text
}

#[tokio::test]
async fn the_whole_dance() {
    for with_id_token in [true, false] {
        let issuer = Issuer::start(SigningKey::rs256("one")).await;
        if !with_id_token {
            issuer.without_id_tokens();
        }
        let (world, server) = world_of(&issuer).await;

        let early = poll(&server, STATE).await;
        assert_eq!(early.status(), StatusCode::NOT_FOUND);
        assert_eq!(early.headers()["content-type"], "application/json");
        assert_eq!(early.text().await.unwrap(), r#"{"error":"Session not found or expired"}"#);

        let url = at_the_provider(&issuer, &server, STATE).await;
        let page = is_page(back(&server, &url).await, 200, "return to your IDE").await;
        assert!(!page.contains(STATE));
        assert_eq!(issuer.asked("/userinfo"), usize::from(!with_id_token));

        // Another process of ours may be the one that is asked.
        let other = world.start_with(&[("OIDC_PROVIDERS", &issuer.as_provider())]).await;
        let told = poll(&other, STATE).await;
        assert_eq!(told.status(), StatusCode::OK);
        assert_eq!(told.headers()["cache-control"], "no-store");
        let told = json_of(told).await;
        let fields: BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, BTreeSet::from(["access_token", "email", "error", "expires_in", "name", "picture"]));
        assert_eq!((&told["expires_in"], &told["error"]), (&json!(28_800), &Value::Null));
        assert_eq!((&told["email"], &told["name"]), (&json!("ada@example.com"), &json!("Ada Lovelace")));
        assert_eq!(told["picture"], "https://lh3.example/ada.png");
        assert_eq!(poll(&server, STATE).await.status(), StatusCode::NOT_FOUND, "it can be had once");

        let ide = Actor::new(&server.url, told["access_token"].as_str().unwrap());
        let me = ide.read("/me").await;
        assert_eq!((&me["issuer"], &me["email"]), (&json!(issuer.url()), &json!("ada@example.com")));
        assert_eq!(me["email_verified"], true);
        assert_eq!(ide.ask("Hello?").await.text().await, "Hello.");
        assert_eq!(back(&server, &url).await.status(), StatusCode::BAD_REQUEST, "the code is spent");
    }
}

/// Signs in and picks the key up.
async fn key(issuer: &Issuer, server: &Server, state: &str) -> Actor {
    assert_eq!(back(server, &at_the_provider(issuer, server, state).await).await.status(), StatusCode::OK);
    let told = json_of(poll(server, state).await).await;
    Actor::new(&server.url, told["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn of_many_who_poll_at_once_one_gets_the_key() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (world, here) = world_of(&issuer).await;
    let there = world.start_with(&[("OIDC_PROVIDERS", &issuer.as_provider())]).await;
    back(&here, &at_the_provider(&issuer, &here, STATE).await).await;
    let all = join_all((0..10).map(|n| poll(if n % 2 == 0 { &here } else { &there }, STATE))).await;
    let mut statuses: Vec<u16> = all.iter().map(|reply| reply.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404, 404, 404, 404, 404, 404, 404]);
    let keys = world.keys().await;
    assert_eq!(keys.iter().filter(|key| key.contains(" KEY#")).count(), 1, "{keys:?}");
}

#[tokio::test]
async fn the_key_ends_with_its_time_and_with_all_logins() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (world, server) = world_of(&issuer).await;
    let first = key(&issuer, &server, STATE).await;
    let second = key(&issuer, &server, "another-state-of-36-characters-abcdef").await;
    assert_eq!(problem(first.post("/logout", json!({ "everywhere": true })).await).await["status"], 403, "by no key");

    let digest = |item: &Value| item["digest"]["S"].as_str().map(str::to_owned);
    let id = first.token().split('.').nth(1).unwrap().to_owned();
    let mut item = world.items().await.into_iter().find(|item| item["sk"]["S"] == format!("KEY#{id}")).unwrap();
    assert!(digest(&item).is_some());
    let until: i64 = item["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    assert!((28_790..=28_800).contains(&(until - crate::signing_key::in_seconds(0))), "{until}");
    item["expires_at"] = json!({ "N": (crate::signing_key::in_seconds(0)).to_string() });
    world.put_item(&item).await;
    assert_eq!(first.get("/me").await.status(), StatusCode::UNAUTHORIZED, "after its time");

    assert_eq!(second.get("/me").await.status(), StatusCode::OK);
    let user = second.read("/me").await["user"].as_str().unwrap().to_owned();
    let browser = Actor::new(&server.url, &minted(&issuer, &server).await);
    assert_eq!(browser.read("/me").await["user"], user.as_str(), "the same person at a browser");
    let own = json_of(browser.post("/me/keys", json!({ "name": "script" })).await).await;
    assert_eq!(browser.post("/logout", json!({ "everywhere": true })).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(second.get("/me").await.status(), StatusCode::UNAUTHORIZED, "after logging out everywhere");
    let script = Actor::new(&server.url, own["key"].as_str().unwrap());
    assert_eq!(script.get("/me").await.status(), StatusCode::OK, "a key of one's own is revoked, not signed out");
}

/// An access token of the same user, of a browser's sign-in.
pub(crate) async fn minted(issuer: &Issuer, server: &Server) -> String {
    let begun = nobody(server).request_without_token(reqwest::Method::GET, "/login").send().await.unwrap();
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = begun.headers()["location"].to_str().unwrap().to_owned();
    assert!(page.starts_with(&issuer.url()), "{page}");
    let reply = Actor::new(&page, "").request_without_token(reqwest::Method::GET, "").send().await.unwrap();
    let url = Url::parse(reply.headers()["location"].to_str().unwrap()).unwrap();
    let path = format!("{}?{}", url.path(), url.query().unwrap());
    let request = nobody(server).request_without_token(reqwest::Method::GET, &path).header("cookie", cookie);
    let reply = request.send().await.unwrap();
    let mut cookies = reply.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let access = cookies.find_map(|cookie| cookie.strip_prefix("counsel-access=")).expect("a cookie");
    access.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn who_has_as_many_keys_as_one_may_have_can_still_sign_in() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (_world, server) = world_of(&issuer).await;
    let browser = Actor::new(&server.url, &minted(&issuer, &server).await);
    for number in 0..49 {
        let made = browser.post("/me/keys", json!({ "name": format!("key {number}") })).await;
        assert_eq!(made.status(), StatusCode::CREATED);
    }
    key(&issuer, &server, STATE).await;
    let last = browser.post("/me/keys", json!({ "name": "the fiftieth of one's own" })).await;
    assert_eq!(last.status(), StatusCode::CREATED);
    let ide = key(&issuer, &server, "another-state-of-36-characters-abcdef").await;
    assert_eq!(ide.get("/me").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_nobody_picks_up_is_gone_after_five_minutes() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (world, server) = world_of(&issuer).await;
    back(&server, &at_the_provider(&issuer, &server, STATE).await).await;
    let mut item = world.items().await.into_iter().find(|item| item["sk"]["S"] == "PICKUP").expect("it waits");
    let left = item["expires_at"]["N"].as_str().unwrap().parse::<i64>().unwrap() - crate::signing_key::in_seconds(0);
    assert!((295..=300).contains(&left), "{left}");
    item["expires_at"] = json!({ "N": crate::signing_key::in_seconds(0).to_string() });
    world.put_item(&item).await;
    assert_eq!(poll(&server, STATE).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_takes_the_place_of_somebody_who_waits() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (_world, server) = world_of(&issuer).await;
    let (first, second) =
        (at_the_provider(&issuer, &server, STATE).await, at_the_provider(&issuer, &server, STATE).await);
    is_page(back(&server, &first).await, 200, "You are signed in").await;
    is_page(back(&server, &second).await, 400, "was used before").await;
}

#[tokio::test]
async fn a_browser_that_was_not_signed_in_gets_a_page_that_says_so() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (world, server) = world_of(&issuer).await;
    let good = "a-state-of-enough-length";
    let evil = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22onload%3D";
    let long = "s".repeat(201);
    for (query, says) in [
        (String::new(), "lacks its state"),
        ("code=x".to_owned(), "lacks its state"),
        ("code=x&state=short".to_owned(), "lacks its state"),
        (format!("code=x&state={long}"), "lacks its state"),
        (format!("state={good}"), "You have not signed in"),
        (format!("state={good}&error=access_denied&error_description={evil}"), "You have not signed in"),
        (format!("state={good}&error={evil}&code=x"), "You have not signed in"),
        (format!("state={good}&code={evil}"), "did not confirm"),
        (format!("state={good}&code=x&iss={evil}&scope={evil}&authuser={evil}&{evil}={evil}"), "not"),
        (format!("state={evil}&code={evil}"), "not"),
        (format!("state={good}&state={evil}&code=x"), "not"),
    ] {
        let url = Url::parse(&format!("{}/api/auth/google-login?{query}", server.url)).unwrap();
        let text = is_page(back(&server, &url).await, 400, says).await;
        for part in ["<script", "alert(1)", "onload", good] {
            assert!(!text.contains(part), "{query}: {text}");
        }
    }
    assert!(world.items().await.is_empty());
    let poll_evil = poll(&server, evil).await;
    assert_eq!(poll_evil.text().await.unwrap(), r#"{"error":"Session not found or expired"}"#);
    let lines = server.process.lines().join("\n");
    assert!(!lines.contains(good) && !lines.contains("alert(1)"), "{lines}");
}

#[tokio::test]
async fn a_provider_that_is_away_is_a_page_too() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let world = World::with(Script::says("Never.")).await;
    let gone = format!("http://127.0.0.1:{}", shared::testing::free_port());
    let provider = issuer.as_provider().replace(&issuer.url(), &gone);
    let server = world.start_with(&[("OIDC_PROVIDERS", &provider)]).await;
    let url = Url::parse(&format!("{}/api/auth/google-login?code=x&state={STATE}", server.url)).unwrap();
    is_page(back(&server, &url).await, 503, "You are not signed in").await;
}
