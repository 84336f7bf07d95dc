//! The laptop's own issuer, as an `OpenID` Connect client sees it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::header::CONTENT_SECURITY_POLICY;
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::Value;
use shared::runtime::{Idle, server};
use shared::testing::{Process, Script, World};

use crate::browser::{Browser, location, parameter};

const VERIFIER: &str = "a-verifier-that-is-long-enough-0123456789-abcdef";

/// The issuer alone, without the rest of a process.
struct Issuer {
    url: String,
    browser: Browser,
}

impl Issuer {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let router = all::issuer::router(&url);
        tokio::spawn(server::run(router, listener, Idle::at_once(), || {}));
        Self { url, browser: Browser::new() }
    }

    async fn read(&self, path: &str) -> Value {
        self.browser.get(&format!("{}{path}", self.url)).await.json().await.unwrap()
    }

    fn callback(&self) -> String {
        format!("{}/callback", self.url)
    }

    /// A right request for authorization, with some parameters another way; an empty one is left out.
    fn request(&self, other: &[(&str, &str)]) -> String {
        let (callback, challenge) = (self.callback(), challenge(VERIFIER));
        let usual = [
            ("client_id", all::issuer::CLIENT),
            ("response_type", "code"),
            ("redirect_uri", &callback),
            ("scope", "openid email"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let replaced = |name: &str| other.iter().any(|(replaced, _)| *replaced == name);
        let kept = usual.iter().filter(|(name, _)| !replaced(name));
        let pairs = kept.chain(other).filter(|(_, value)| !value.is_empty());
        Url::parse_with_params(&format!("{}/demo/authorize", self.url), pairs).unwrap().into()
    }

    async fn authorize(&self, other: &[(&str, &str)]) -> Response {
        self.browser.get(&self.request(other)).await
    }

    /// A fresh code of Ada's.
    async fn code(&self) -> String {
        let back = location(&self.authorize(&[("login_hint", "ada")]).await).expect("a way back");
        parameter(&back, "code").unwrap_or_else(|| panic!("{back}"))
    }

    /// Brings a code, with some parameters another way.
    async fn exchange(&self, code: &str, other: &[(&str, &str)]) -> Response {
        let callback = self.callback();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", all::issuer::CLIENT),
            ("code", code),
            ("redirect_uri", &callback),
            ("code_verifier", VERIFIER),
        ];
        form.retain(|(name, _)| !other.iter().any(|(replaced, _)| replaced == name));
        form.extend(other.iter().filter(|(_, value)| !value.is_empty()));
        let to = format!("{}/demo/token", self.url);
        self.browser.send(&to, self.browser.request(Method::POST, &to).form(&form)).await
    }

    async fn userinfo(&self, token: &str) -> Response {
        let to = format!("{}/demo/userinfo", self.url);
        self.browser.send(&to, self.browser.request(Method::GET, &to).bearer_auth(token)).await
    }
}

fn challenge(verifier: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hash)
}

/// The address behind somebody's name on the page.
fn link(page: &str, name: &str) -> String {
    let links = page.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
    let ours = format!("login_hint={name}");
    links.into_iter().find(|link| link.ends_with(&ours)).unwrap_or_else(|| panic!("no {name} in {page}"))
}

#[tokio::test]
async fn whoever_is_picked_comes_back() {
    let issuer = Issuer::start().await;
    let discovery = issuer.read("/demo/.well-known/openid-configuration").await;
    assert_eq!(discovery["issuer"], "http://localhost/demo");
    assert_eq!(discovery["authorization_endpoint"], format!("{}/demo/authorize", issuer.url));
    let page = issuer.authorize(&[("prompt", "select_account")]).await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    for (name, email) in [("ada", "ada@example.com"), ("bob", "bob@example.com"), ("eve", "eve@example.com")] {
        let picked = format!("{}/demo/authorize{}", issuer.url, link(&page, name));
        let back = location(&issuer.browser.get(&picked).await).expect("a way back");
        assert!(back.starts_with(&format!("{}?code=", issuer.callback())), "{back}");
        assert_eq!(parameter(&back, "state").unwrap(), "the-state");
        assert_eq!(parameter(&back, "iss").unwrap(), "http://localhost/demo");
        let tokens: Value = issuer.exchange(&parameter(&back, "code").unwrap(), &[]).await.json().await.unwrap();
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &900.into()));
        let claims = proven(&issuer, tokens["id_token"].as_str().unwrap()).await;
        assert_eq!(
            (&claims["sub"], &claims["email"], &claims["nonce"]),
            (&name.into(), &email.into(), &"the-nonce".into())
        );
        let about: Value = issuer.userinfo(tokens["access_token"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!((&about["sub"], &about["email_verified"]), (&name.into(), &true.into()));
    }
}

/// The claims of an ID token, checked as any client does.
async fn proven(issuer: &Issuer, token: &str) -> Value {
    let keys: JwkSet = serde_json::from_value(issuer.read("/demo/jwks").await).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).expect("the key")).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[all::issuer::CLIENT]);
    validation.set_issuer(&[shared::identity::LOCAL_ISSUER]);
    jsonwebtoken::decode(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn a_code_is_good_once_and_for_who_asked_for_it() {
    let issuer = Issuer::start().await;
    let code = issuer.code().await;
    assert_eq!(issuer.exchange(&code, &[]).await.status(), StatusCode::OK);
    refused(issuer.exchange(&code, &[]).await, 400, "invalid_grant").await;
    for (name, value, status, error) in [
        ("code_verifier", "another-verifier-that-is-long-enough-0123456789", 400, "invalid_grant"),
        ("redirect_uri", "http://localhost/callback", 400, "invalid_grant"),
        ("code_verifier", "", 400, "invalid_request"),
        ("redirect_uri", "", 400, "invalid_request"),
        ("client_id", "", 401, "invalid_client"),
        ("client_id", "another", 401, "invalid_client"),
        ("grant_type", "password", 400, "unsupported_grant_type"),
        ("code", "never-given", 400, "invalid_grant"),
    ] {
        refused(issuer.exchange(&issuer.code().await, &[(name, value)]).await, status, error).await;
    }
    let to = format!("{}/demo/token", issuer.url);
    let json = issuer.browser.request(Method::POST, &to).json(&serde_json::json!({ "code": issuer.code().await }));
    refused(issuer.browser.send(&to, json).await, 400, "invalid_request").await;
    let spoiled = issuer.code().await;
    issuer.exchange(&spoiled, &[("code_verifier", "who guesses, has one guess")]).await;
    refused(issuer.exchange(&spoiled, &[]).await, 400, "invalid_grant").await;
}

async fn refused(reply: Response, status: u16, error: &str) {
    assert_eq!(reply.status(), status, "{error}");
    let body: Value = reply.json().await.unwrap();
    assert_eq!(body["error"], error);
    assert!(body.get("id_token").is_none());
}

#[tokio::test]
async fn a_client_may_name_itself_as_confidential_ones_do() {
    let issuer = Issuer::start().await;
    let to = format!("{}/demo/token", issuer.url);
    let (code, callback) = (issuer.code().await, issuer.callback());
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &callback),
        ("code_verifier", VERIFIER),
    ];
    let request = issuer.browser.request(Method::POST, &to).basic_auth(all::issuer::CLIENT, Some("any")).form(&form);
    assert_eq!(issuer.browser.send(&to, request).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn nobody_is_sent_anywhere_else() {
    let issuer = Issuer::start().await;
    let port = Url::parse(&issuer.url).unwrap().port().unwrap();
    let elsewhere = [
        "https://evil.example/callback".to_owned(),
        format!("{}.evil.example/callback", issuer.url),
        format!("{}@evil.example/callback", issuer.url),
        format!("http://localhost:{port}0/callback"),
        format!("http://evil.example/{}/callback", issuer.url),
        format!("{}/callback#fragment", issuer.url),
        "/callback".to_owned(),
        "javascript:alert(1)".to_owned(),
        String::new(),
    ];
    for redirect_uri in &elsewhere {
        let reply = issuer.authorize(&[("redirect_uri", redirect_uri), ("login_hint", "ada")]).await;
        assert_eq!((reply.status(), location(&reply)), (StatusCode::BAD_REQUEST, None), "{redirect_uri}");
    }
    for other in ["", "another-client"] {
        let reply = issuer.authorize(&[("client_id", other), ("login_hint", "ada")]).await;
        assert_eq!((reply.status(), location(&reply)), (StatusCode::BAD_REQUEST, None), "{other}");
    }
    for twice in ["redirect_uri=https://evil.example/", "scope=openid"] {
        let reply = issuer.browser.get(&format!("{}&{twice}&login_hint=ada", issuer.request(&[]))).await;
        assert_eq!((reply.status(), location(&reply)), (StatusCode::BAD_REQUEST, None), "{twice}");
    }
}

#[tokio::test]
async fn a_client_is_told_what_is_wrong_with_its_request() {
    let issuer = Issuer::start().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("scope", "email", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("prompt", "none", "login_required"),
    ] {
        let hint = if name == "prompt" { "" } else { "ada" };
        let back = location(&issuer.authorize(&[(name, value), ("login_hint", hint)]).await).expect("a way back");
        assert!(back.starts_with(&format!("{}?error={error}&", issuer.callback())), "{name}={value}: {back}");
        assert_eq!(parameter(&back, "state").unwrap(), "the-state");
        assert_eq!(parameter(&back, "iss").unwrap(), "http://localhost/demo");
        assert_eq!(parameter(&back, "code"), None);
    }
}

#[tokio::test]
async fn the_page_runs_nothing_and_loads_nothing() {
    let issuer = Issuer::start().await;
    let reply = issuer.authorize(&[("state", "\"><script>alert(1)</script>"), ("login_hint", "<b>zoe</b>")]).await;
    let policy = reply.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    for rule in ["default-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    let page = reply.text().await.unwrap();
    for sign in ["<script", "src=", "url(", "@import", "<b>", " on", "style=\""] {
        assert!(!page.split("<main>").nth(1).unwrap().contains(sign), "{sign} in {page}");
    }
    assert!(page.contains("&amp;login_hint=ada\""), "{page}");
    let back = location(&issuer.browser.get(&format!("{}/demo/authorize{}", issuer.url, link(&page, "ada"))).await);
    assert_eq!(parameter(&back.unwrap(), "state").unwrap(), "\"><script>alert(1)</script>", "it comes back unharmed");
}

#[tokio::test]
async fn only_an_access_token_of_its_own_opens_the_user_info() {
    let issuer = Issuer::start().await;
    let tokens: Value = issuer.exchange(&issuer.code().await, &[]).await.json().await.unwrap();
    let another = Issuer::start().await;
    let theirs: Value = another.exchange(&another.code().await, &[]).await.json().await.unwrap();
    for token in [&tokens["id_token"], &theirs["access_token"], &Value::from("garbage")] {
        refused(issuer.userinfo(token.as_str().unwrap()).await, 401, "invalid_token").await;
    }
}

#[tokio::test]
async fn only_a_laptop_without_a_provider_has_demo_users() {
    let world = World::with(Script::new()).await;
    let paths = ["/demo/.well-known/openid-configuration", "/demo/jwks", "/demo/authorize"];
    let laptop = world.start().await;
    let key = format!("file:{}", world.token_key().display());
    let named = r#"[{"name":"acme","issuer":"http://127.0.0.1:1","client_id":"counsel"}]"#;
    let configured = world.start_with(&[("OIDC_PROVIDERS", named)]).await;
    let container = Process::start("all", deployed(&world, &key));
    let line = container.wait_for_line("listening on").await;
    let container_url = format!("http://127.0.0.1:{}", line.rsplit(':').next().unwrap().trim_matches('"'));
    for (url, has) in [(&laptop.url, true), (&configured.url, false), (&container_url, false)] {
        let browser = Browser::new();
        assert_eq!(browser.get(&format!("{url}/health")).await.status(), StatusCode::OK);
        for path in paths {
            let is_there = browser.get(&format!("{url}{path}")).await.status() != StatusCode::NOT_FOUND;
            assert_eq!(is_there, has, "{url}{path}");
        }
        let offered: Value = browser.get(&format!("{url}/login/providers")).await.json().await.unwrap();
        assert_eq!(offered.to_string().contains("counsel-laptop"), has, "{offered}");
    }
}

/// What Cloud Run gives a container.
fn deployed(world: &World, key: &str) -> Vec<(String, String)> {
    let mut environment = world.environment();
    environment.retain(|(name, _)| name != "DATA_DIR");
    let more = [
        ("K_SERVICE", "counsel"),
        ("HOST", "127.0.0.1"),
        ("PORT", "0"),
        ("TOKEN_KEY", key),
        ("PUBLIC_URL", "https://api.example.com"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ];
    environment.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    environment
}
