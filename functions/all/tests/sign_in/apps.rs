//! Apps that run the flow themselves: their own verifier, their own nonce, tokens as JSON.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::header::SET_COOKIE;
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::provider::CLIENT;
use crate::stage::{APP, Stage, given};

const VERIFIER: &str = "an-app's-own-verifier-0123456789-0123456789";
const NONCE: &str = "an-app's-own-nonce";

async fn stage() -> Stage {
    Stage::with(&[("APP_REDIRECT_URIS", APP)]).await
}

/// The code that the provider gives to an app.
async fn code(stage: &Stage, name: &str) -> String {
    let verifier = VERIFIER.replace('\'', "_");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    let page = Url::parse_with_params(
        &format!("{}/auth", stage.provider.issuer),
        [
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", APP),
            ("scope", "openid email profile"),
            ("state", "s"),
            ("nonce", NONCE),
            ("code_challenge", &BASE64_URL_SAFE_NO_PAD.encode(hash)),
            ("code_challenge_method", "S256"),
            ("login_hint", name),
        ],
    );
    given(&Browser::new().follow(page.unwrap().as_str(), APP).await, "code")
}

/// A right request with some fields another way.
fn body(code: &str, other: &Value) -> Value {
    let verifier = VERIFIER.replace('\'', "_");
    let mut body = json!({ "code": code, "code_verifier": verifier, "nonce": NONCE, "redirect_uri": APP });
    body.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body
}

async fn post(stage: &Stage, path: &str, body: &Value) -> Response {
    let browser = stage.browser();
    browser.request(Method::POST, &stage.at(path)).json(body).send().await.unwrap()
}

#[tokio::test]
async fn an_app_brings_its_code_and_gets_tokens() {
    let stage = stage().await;
    let reply = post(&stage, "/callback", &body(&code(&stage, "ada").await, &json!({}))).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(!reply.headers().contains_key(SET_COOKIE), "an app keeps its tokens itself");
    assert_eq!(reply.headers()["cache-control"], "no-store");
    let tokens: Value = reply.json().await.unwrap();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
    let access = tokens["access_token"].as_str().unwrap();
    let me = stage.browser().request(Method::GET, &stage.at("/me")).bearer_auth(access).send().await.unwrap();
    assert_eq!(me.json::<Value>().await.unwrap()["email"], "ada@example.com");
    let again = post(&stage, "/token", &json!({ "refresh_token": tokens["refresh_token"] })).await;
    assert_eq!(again.status(), StatusCode::OK);
    let again: Value = again.json().await.unwrap();
    assert_ne!(again["refresh_token"], tokens["refresh_token"]);
    assert_eq!(again["token_type"], "Bearer");
}

#[tokio::test]
async fn an_app_without_the_right_proof_gets_nothing() {
    let stage = stage().await;
    for (other, status) in [
        (json!({ "code_verifier": "B".repeat(43) }), 401),
        (json!({ "nonce": "another" }), 401),
        (json!({ "code": "never-given" }), 401),
        (json!({ "code_verifier": null }), 422),
        (json!({ "nonce": null }), 422),
        (json!({ "code": null }), 422),
        (json!({ "code_verifier": "" }), 401),
        (json!({ "nonce": "" }), 401),
        (json!({ "redirect_uri": "https://evil.example/" }), 422),
        (json!({ "redirect_uri": format!("{APP}/more") }), 422),
        (json!({ "redirect_uri": stage.at("/callback") }), 401),
        (json!({ "provider": "nobody" }), 404),
    ] {
        let reply = post(&stage, "/callback", &body(&code(&stage, "ada").await, &other)).await;
        let (found, text) = (reply.status(), reply.text().await.unwrap());
        assert_eq!(found, status, "{other}: {text}");
        assert!(!text.contains("access_token"), "{other}: {text}");
    }
    assert!(stage.items("LOGIN#").await.is_empty());
    let good = code(&stage, "ada").await;
    assert_eq!(post(&stage, "/callback", &body(&good, &json!({}))).await.status(), StatusCode::OK);
    assert_eq!(post(&stage, "/callback", &body(&good, &json!({}))).await.status(), StatusCode::UNAUTHORIZED, "once");
}

/// The state binds a browser; a code that was meant for a browser is no app's.
#[tokio::test]
async fn a_browsers_code_is_no_apps() {
    let stage = stage().await;
    let browser = stage.browser();
    let stolen = given(&stage.back(&browser, "ada").await, "code");
    let other = json!({ "redirect_uri": stage.at("/callback") });
    let reply = post(&stage, "/callback", &body(&stolen, &other)).await;
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
}
