//! meAI's front end: a button, a callback, who is signed in, signing out. All by cookie, from another origin.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use shared::testing::{Actor, Script, Server, World, problem};
use url::Url;

use crate::issuer::{Issuer, fields};
use crate::registered::{json_of, nobody};
use crate::signing_key::SigningKey;

pub(crate) const FRONT_END: &str = "http://localhost:5173";

pub(crate) async fn world_of(issuer: &Issuer) -> (World, Server) {
    let world = World::with(Script::says("Hello.")).await;
    let provider = issuer.as_provider();
    let settings = [
        ("OIDC_PROVIDERS", provider.as_str()),
        ("FRONTEND_URL", FRONT_END),
        ("ALLOWED_ORIGINS", "http://localhost:3000,http://localhost:5173"),
    ];
    let server = world.start_with(&settings).await;
    (world, server)
}

/// As the front end sends it: from its own origin, with the cookies that the browser holds.
pub(crate) fn from_page(server: &Server, cookies: &str, method: Method, path: &str) -> RequestBuilder {
    nobody(server).request_without_token(method, path).header("origin", FRONT_END).header("cookie", cookies)
}

pub(crate) fn cookies_of(reply: &Response) -> Vec<String> {
    reply.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// What a browser sends back of them.
pub(crate) fn held(cookies: &[String]) -> String {
    let pairs: Vec<&str> = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    pairs.join("; ")
}

pub(crate) async fn sign_in(issuer: &Issuer, server: &Server) -> Response {
    let begun = nobody(server).request_without_token(Method::GET, "/auth/google").send().await.unwrap();
    assert_eq!(begun.status(), StatusCode::FOUND);
    let page = Url::parse(begun.headers()["location"].to_str().unwrap()).unwrap();
    let asked = fields(page.query().unwrap().as_bytes());
    let callback = format!("{}/auth/google/callback", server.url.replace("127.0.0.1", "localhost"));
    assert_eq!((&asked["redirect_uri"], &asked["scope"]), (&callback, &"openid email profile".to_owned()));
    assert!(page.as_str().starts_with(&issuer.url()) && asked["code_challenge_method"] == "S256");
    let reply = Actor::new(page.as_str(), "").request_without_token(Method::GET, "").send().await.unwrap();
    let back = Url::parse(reply.headers()["location"].to_str().unwrap()).unwrap();
    assert!(back.as_str().starts_with(&callback));
    let path = format!("{}?{}", back.path(), back.query().unwrap());
    let request = nobody(server).request_without_token(Method::GET, &path);
    request.header("cookie", held(&cookies_of(&begun))).send().await.unwrap()
}

#[tokio::test]
async fn the_button_leads_back_to_the_front_end_signed_in() {
    let issuer = Issuer::start(SigningKey::rs256("one")).await;
    let (_world, server) = world_of(&issuer).await;
    let landed = sign_in(&issuer, &server).await;
    assert_eq!(landed.status(), StatusCode::FOUND);
    assert_eq!(landed.headers()["location"], format!("{FRONT_END}/"));
    let cookies = cookies_of(&landed);
    assert!(cookies.len() >= 2 && cookies.iter().all(|cookie| cookie.contains("HttpOnly")), "{cookies:?}");

    let reply = from_page(&server, &held(&cookies), Method::GET, "/auth/me").send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(reply.headers()["access-control-allow-origin"], FRONT_END);
    assert_eq!(reply.headers()["access-control-allow-credentials"], "true");
    let me = json_of(reply).await;
    let names: BTreeSet<&str> = me.as_object().unwrap().keys().map(String::as_str).collect();
    let promised = ["auth_method", "avatar_url", "created_at", "email", "last_login", "name", "user_id"];
    assert_eq!(names, BTreeSet::from(promised));
    assert_eq!((&me["email"], &me["name"]), (&json!("ada@example.com"), &json!("Ada Lovelace")));
    assert_eq!((&me["avatar_url"], &me["auth_method"]), (&json!("https://lh3.example/ada.png"), &json!("google")));
    let number = me["user_id"].as_u64().expect("a positive integer");
    assert!((1..(1 << 53)).contains(&number), "{number} is not safe for JavaScript");
    for time in ["created_at", "last_login"] {
        let time = me[time].as_str().expect("a time");
        assert!(time.len() == 24 && time.starts_with("20") && time.ends_with('Z'), "{time}");
    }
    let again = cookies_of(&sign_in(&issuer, &server).await);
    let later = json_of(from_page(&server, &held(&again), Method::GET, "/auth/me").send().await.unwrap()).await;
    assert_eq!((&later["user_id"], &later["created_at"]), (&me["user_id"], &me["created_at"]));
    assert!(later["last_login"].as_str() > me["last_login"].as_str());
}

#[tokio::test]
async fn signing_out_needs_no_body_and_no_header_but_a_page_that_we_know() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (_world, server) = world_of(&issuer).await;
    let cookies = held(&cookies_of(&sign_in(&issuer, &server).await));
    let logout = |origin: Option<&str>| {
        let request = nobody(&server).request_without_token(Method::POST, "/auth/logout").header("cookie", &cookies);
        origin.map_or_else(
            || request.try_clone().unwrap(),
            |origin| request.try_clone().unwrap().header("origin", origin),
        )
    };
    for foreign in [None, Some("https://evil.example"), Some("http://localhost:5174"), Some("null")] {
        let body = problem(logout(foreign).send().await.unwrap()).await;
        assert_eq!((&body["status"], &body["code"]), (&json!(403), &json!("cross_site")), "{foreign:?}");
    }
    let me = from_page(&server, &cookies, Method::GET, "/auth/me").send().await.unwrap();
    assert_eq!(me.status(), StatusCode::OK, "nobody else has signed them out");

    let reply = logout(Some(FRONT_END)).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(reply.headers()["access-control-allow-origin"], FRONT_END);
    let taken = cookies_of(&reply);
    assert!(taken.len() == 2 && taken.iter().all(|cookie| cookie.contains("Max-Age=0")), "{taken:?}");
    assert_eq!(json_of(reply).await, json!({ "message": "Successfully logged out" }));
    let me = from_page(&server, &cookies, Method::GET, "/auth/me").send().await.unwrap();
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED, "at once, though the access token lives on");
    assert_eq!(logout(Some(FRONT_END)).send().await.unwrap().status(), StatusCode::OK, "and once more is no fault");
    let bare = nobody(&server).request_without_token(Method::POST, "/auth/logout").send().await.unwrap();
    assert_eq!(json_of(bare).await, json!({ "message": "Successfully logged out" }));
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_in_a_detail() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (_world, server) = world_of(&issuer).await;
    for cookies in ["", "counsel-access=nothing", "counsel-access=x; counsel-refresh=cr_x.y.z"] {
        let reply = from_page(&server, cookies, Method::GET, "/auth/me").send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(reply.headers()["access-control-allow-origin"], FRONT_END, "a page may read why");
        assert!(problem(reply).await["detail"].is_string());
    }
    let failed = nobody(&server).request_without_token(Method::GET, "/auth/google/callback?state=x&code=y");
    let body: Value = problem(failed.send().await.unwrap()).await;
    assert!(body["detail"].as_str().unwrap().contains("start again"), "{body}");
}

#[tokio::test]
async fn a_page_of_the_front_end_may_call_with_cookies_and_no_other_page_may() {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (_world, server) = world_of(&issuer).await;
    for (method, path) in [("PATCH", "/sessions/1"), ("DELETE", "/sessions/1"), ("POST", "/sessions"), ("GET", "/me")] {
        let preflight = |origin: &str| {
            let request = nobody(&server).request_without_token(Method::OPTIONS, path).header("origin", origin);
            let request = request.header("access-control-request-method", method);
            request.header("access-control-request-headers", "content-type").send()
        };
        let reply = preflight(FRONT_END).await.unwrap();
        assert!(reply.status().is_success());
        let header = |name: &str| reply.headers().get(name).map(|value| value.to_str().unwrap().to_lowercase());
        assert_eq!(header("access-control-allow-origin").as_deref(), Some(FRONT_END));
        assert_eq!(header("access-control-allow-credentials").as_deref(), Some("true"));
        assert!(header("access-control-allow-methods").unwrap().contains(&method.to_lowercase()));
        assert_eq!(header("access-control-allow-headers").as_deref(), Some("content-type"));
        for foreign in ["http://localhost:5174", "https://localhost:5173", "http://localhost:5173.evil.example", "null"]
        {
            let reply = preflight(foreign).await.unwrap();
            assert!(!reply.headers().contains_key("access-control-allow-origin"), "{foreign}");
        }
    }
}
