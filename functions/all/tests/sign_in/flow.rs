//! The way in, against a provider that nobody here wrote.

use aws_lc_rs::digest::{SHA256, digest};
use reqwest::StatusCode;
use serde_json::{Value, json};
use shared::testing::{Script, World};

use crate::browser::{Browser, location};
use crate::provider::{CLIENT, Provider};
use crate::stage::{Stage, given, redirect_uris, start, with};

/// Issuer and subject, and nothing else, say who somebody is.
fn id_of(issuer: &str, subject: &str) -> String {
    let hash = digest(&SHA256, format!("{issuer}\n{subject}").as_bytes());
    hash.as_ref()[..16].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[tokio::test]
async fn ada_signs_in_and_lands_where_she_wanted() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    assert_eq!(stage.who(&browser).await, None);
    let page = stage.begin(&browser, "/login?return_to=/app%3Ftab%3D1%23top", "ada").await;
    assert!(page.starts_with(&format!("{}/auth?", stage.provider.issuer)), "{page}");
    let expected = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", &stage.at("/callback")),
        ("scope", "openid email profile"),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in expected {
        assert_eq!(given(&page, name), value);
    }
    let secrets = ["state", "nonce", "code_challenge"].map(|name| given(&page, name));
    assert!(secrets.iter().all(|secret| secret.len() >= 22), "{secrets:?}");

    let reply = browser.get(&stage.through(&browser, &page).await).await;
    assert_eq!(stage.path_of(&location(&reply).unwrap()), "/app?tab=1#top");
    let me = stage.who(&browser).await.expect("she is in");
    assert_eq!(me["user"], id_of(&stage.provider.issuer, "ada"));
    assert_eq!((&me["email"], &me["name"]), (&json!("ada@example.com"), &json!("Ada")));
    assert_eq!(stage.provider.asked("/token").await, 1);
}

#[tokio::test]
async fn no_two_attempts_share_a_secret() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    let (one, two) = (stage.begin(&browser, "/login", "ada").await, stage.begin(&browser, "/login", "ada").await);
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(given(&one, name), given(&two, name), "{name}");
    }
    // Two tabs of one browser: the second does not spoil the first.
    for page in [one, two] {
        let reply = browser.get(&stage.through(&browser, &page).await).await;
        assert!(location(&reply).is_some(), "{}", reply.status());
    }
}

#[tokio::test]
async fn every_signature_that_providers_use_is_read() {
    let stage = Stage::open().await;
    for alg in ["RS256", "ES256", "EdDSA"] {
        stage.provider.knows_as(&redirect_uris(&stage.url), &json!({ "id_token_signed_response_alg": alg })).await;
        stage.signed_in("ada").await;
    }
}

#[tokio::test]
async fn the_secret_goes_where_the_provider_reads_it() {
    for (method, by_header) in [("client_secret_basic", 1), ("client_secret_post", 0)] {
        let stage = Stage::open().await;
        stage.provider.control(json!({ "authMethods": [method] })).await;
        stage.provider.knows_as(&redirect_uris(&stage.url), &json!({ "token_endpoint_auth_method": method })).await;
        stage.signed_in("ada").await;
        assert_eq!(stage.provider.asked("/token by header").await, by_header, "{method}");
    }
}

#[tokio::test]
async fn a_key_rotated_under_way_costs_one_more_look() {
    let stage = Stage::open().await;
    stage.signed_in("ada").await;
    stage.signed_in("bob").await;
    assert_eq!(stage.provider.asked("/jwks").await, 1, "keys are kept");
    let browser = stage.browser();
    let back = stage.back(&browser, "ada").await;
    stage.provider.control(json!({ "rotate": true })).await;
    assert!(location(&browser.get(&back).await).is_some());
    assert!(stage.who(&browser).await.is_some());
    assert_eq!(stage.provider.asked("/jwks").await, 2);
    stage.signed_in("bob").await;
    assert_eq!(stage.provider.asked("/jwks").await, 2, "and kept again");
    assert_eq!(stage.provider.asked("/.well-known/openid-configuration").await, 1);
}

/// Two providers that one process offers.
struct Two {
    world: World,
    acme: Provider,
    bolt: Provider,
}

impl Two {
    async fn start() -> (Self, shared::testing::Server, String) {
        let world = World::with(Script::new()).await;
        let two = Self { world, acme: Provider::start().await, bolt: Provider::start().await };
        let (server, url) = start(&two.world, &[&two.acme, &two.bolt], &[]).await;
        for provider in [&two.acme, &two.bolt] {
            provider.knows(&redirect_uris(&url)).await;
        }
        (two, server, url)
    }
}

#[tokio::test]
async fn two_providers_are_offered_at_once_and_their_adas_are_two_people() {
    let (two, _server, url) = Two::start().await;
    let offered: Value = Browser::new().get(&format!("{url}/login/providers")).await.json().await.unwrap();
    let offered =
        offered["data"].as_array().or(offered["providers"].as_array()).or(offered.as_array()).expect("a list");
    let names: Vec<_> =
        offered.iter().map(|one| (one["name"].as_str().unwrap(), one["label"].as_str().unwrap())).collect();
    assert_eq!(names, [("acme", "ACME"), ("bolt", "BOLT")]);

    let browser = Browser::new();
    let mut backs = Vec::new();
    for name in ["acme", "bolt"] {
        let page = location(&browser.get(&format!("{url}/login?provider={name}")).await).unwrap();
        backs.push(browser.follow(&format!("{page}&login_hint=ada"), &format!("{url}/callback")).await);
    }
    let mut users = Vec::new();
    for back in &backs {
        browser.get(back).await;
        let me: Value = browser.get(&format!("{url}/me")).await.json().await.unwrap();
        users.push(me["user"].as_str().unwrap().to_owned());
        assert_eq!(me["email"], "ada@example.com");
    }
    assert_eq!(users, [id_of(&two.acme.issuer, "ada"), id_of(&two.bolt.issuer, "ada")]);
    let unknown = browser.get(&format!("{url}/login?provider=nobody")).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_answer_of_another_provider_is_not_mixed_in() {
    let (two, _server, url) = Two::start().await;
    let browser = Browser::new();
    for iss in [Some(two.bolt.issuer.as_str()), Some("https://evil.example"), None] {
        let page = location(&browser.get(&format!("{url}/login?provider=acme")).await).unwrap();
        let back = browser.follow(&format!("{page}&login_hint=ada"), &format!("{url}/callback")).await;
        assert_eq!(given(&back, "iss"), two.acme.issuer, "it says who it is");
        let reply = browser.get(&with(&back, "iss", iss)).await;
        assert_eq!((reply.status().as_u16(), location(&reply)), (400, None), "{iss:?}");
        assert_eq!(browser.get(&format!("{url}/me")).await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(two.acme.asked("/token").await + two.bolt.asked("/token").await, 0, "nobody was given the code");
}

#[tokio::test]
async fn an_email_address_says_nothing_about_who_somebody_is() {
    let stage = Stage::open().await;
    let before = stage.who(&stage.signed_in("ada").await).await.unwrap();
    stage.provider.control(json!({ "emails": { "ada": "ada@new.example", "eve": "ada@example.com" } })).await;
    let after = stage.who(&stage.signed_in("ada").await).await.unwrap();
    assert_eq!((&after["user"], &after["email"]), (&before["user"], &json!("ada@new.example")));
    let eve = stage.who(&stage.signed_in("eve").await).await.unwrap();
    assert_eq!(eve["email"], "ada@example.com");
    assert_ne!(eve["user"], before["user"]);
}

#[tokio::test]
async fn the_way_back_may_lead_to_another_process() {
    let stage = Stage::open().await;
    let another = stage.another_process(&[]).await;
    let mut browser = stage.browser();
    let back = stage.back(&browser, "ada").await;
    browser.moves_to(&another.url);
    assert!(location(&browser.get(&back).await).is_some());
    assert!(stage.who(&browser).await.is_some());
    browser.moves_to(&stage.server.url);
    assert!(stage.who(&browser).await.is_some());
}

#[tokio::test]
async fn meais_button_leads_through_its_own_address() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    let page = stage.begin(&browser, "/auth/google", "ada").await;
    assert_eq!(given(&page, "redirect_uri"), stage.at("/auth/google/callback"));
    let back = browser.follow(&page, &stage.at("/auth/google/callback")).await;
    assert_eq!(stage.path_of(&location(&browser.get(&back).await).unwrap()), "/");
    let me: Value = browser.get(&stage.at("/auth/me")).await.json().await.unwrap();
    assert_eq!(me["email"], "ada@example.com");
}

#[tokio::test]
async fn nothing_that_opens_a_door_is_logged() {
    let stage = Stage::with(&[("LOG_LEVEL", "debug")]).await;
    let browser = stage.browser();
    let page = stage.begin(&browser, "/login?return_to=/app", "ada").await;
    let back = stage.through(&browser, &page).await;
    browser.get(&back).await;
    browser.get(&back).await;
    let (access, refresh) = (browser.cookie("counsel-access").unwrap(), browser.cookie("counsel-refresh").unwrap());
    browser.forget("counsel-access");
    assert!(stage.who(&browser).await.is_some());
    stage.post(&browser, "/token", json!({})).await;
    stage.post(&browser, "/token", json!({ "refresh_token": refresh })).await;
    stage.post(&browser, "/token", json!({ "refresh_token": refresh })).await;
    stage.provider.fault("wrong_nonce").await;
    let again = stage.back(&browser, "ada").await;
    browser.get(&again).await;
    stage.post(&browser, "/logout", json!({})).await;

    let lines = stage.server.process.lines().join("\n");
    assert!(lines.contains("\"route\":\"/callback\"") || lines.contains("/callback"), "it does log: {lines}");
    let secrets = [
        crate::provider::CLIENT_SECRET.to_owned(),
        given(&page, "state"),
        given(&page, "nonce"),
        given(&back, "code"),
        given(&again, "code"),
        access.rsplit('.').next().unwrap().to_owned(),
        refresh.rsplit('.').next().unwrap().to_owned(),
        browser.cookie("counsel-sign-in").unwrap(),
        "ada@example.com".to_owned(),
    ];
    for secret in secrets {
        assert!(!lines.contains(&secret), "{secret} in {lines}");
    }
}
