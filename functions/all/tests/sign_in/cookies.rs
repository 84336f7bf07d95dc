//! Cookies: what they look like, and what they may not be used for.

use reqwest::header::SET_COOKIE;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use crate::browser::Browser;
use crate::stage::{OUTSIDE, Stage};

/// The cookies that a reply sets, their values left out.
fn cookies(reply: &Response) -> String {
    let lines = reply.headers().get_all(SET_COOKIE).iter().map(|line| {
        let line = line.to_str().unwrap();
        let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap();
        format!("{name}={};{rest}", if value.is_empty() { "" } else { "…" })
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines.join("\n")
}

/// Each step of a visit, with the cookies that it sets.
async fn visit(stage: &Stage) -> String {
    let browser = stage.browser();
    let begun = browser.get(&stage.at("/login")).await;
    let back = stage.back(&browser, "ada").await;
    let came = browser.get(&back).await;
    let gone = stage.post(&browser, "/logout", json!({})).await;
    assert!(gone.status().is_success(), "{}", gone.status());
    format!("begun\n{}\n\nback\n{}\n\ngone\n{}", cookies(&begun), cookies(&came), cookies(&gone))
}

#[tokio::test]
async fn on_a_laptop_cookies_have_plain_names() {
    let stage = Stage::open().await;
    insta::assert_snapshot!(visit(&stage).await, @r"
    begun
    counsel-sign-in=…; HttpOnly; SameSite=Lax; Path=/; Max-Age=600

    back
    counsel-access=…; HttpOnly; SameSite=Lax; Path=/; Max-Age=900
    counsel-refresh=…; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000

    gone
    counsel-access=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0
    counsel-refresh=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0
    ");
}

#[tokio::test]
async fn everywhere_else_they_are_bound_to_the_host_and_to_https() {
    let stage = Stage::with(&[("PUBLIC_URL", OUTSIDE)]).await;
    insta::assert_snapshot!(visit(&stage).await, @r"
    begun
    __Host-counsel-sign-in=…; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600

    back
    __Host-counsel-access=…; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=900
    __Host-counsel-refresh=…; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000

    gone
    __Host-counsel-access=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0
    __Host-counsel-refresh=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0
    ");
}

#[tokio::test]
async fn split_sites_say_so() {
    let stage = Stage::with(&[("PUBLIC_URL", OUTSIDE), ("COOKIE_SAMESITE", "none")]).await;
    insta::assert_snapshot!(visit(&stage).await, @r"
    begun
    __Host-counsel-sign-in=…; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600

    back
    __Host-counsel-access=…; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=900
    __Host-counsel-refresh=…; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=2592000

    gone
    __Host-counsel-access=; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=0
    __Host-counsel-refresh=; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=0
    ");
}

/// What changes something, with a body that would do.
const CHANGES: [(&str, &str, &str); 9] = [
    ("POST", "/logout", r#"{"everywhere":true}"#),
    ("POST", "/token", "{}"),
    ("POST", "/me/keys", r#"{"name":"evil"}"#),
    ("POST", "/tickets", "{}"),
    ("DELETE", "/me/logins/1", ""),
    ("DELETE", "/me/keys/1", ""),
    ("POST", "/sessions", "{}"),
    ("POST", "/consult", r#"{"text":"Hi"}"#),
    ("POST", "/auth/logout", ""),
];

async fn change(stage: &Stage, browser: &Browser, change: (&str, &str, &str), headers: &[(&str, &str)]) -> Response {
    let (method, path, body) = change;
    let mut request = browser.request(method.parse().unwrap(), &stage.at(path));
    if !body.is_empty() {
        request = request.header("content-type", "application/json").body(body.to_owned());
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn another_site_changes_nothing_with_a_borrowed_cookie() {
    let stage = Stage::with(&[("ALLOWED_ORIGINS", "https://app.example.com")]).await;
    let browser = stage.signed_in("ada").await;
    let port = stage.url.rsplit(':').next().unwrap();
    let other_scheme = format!("https://localhost:{port}");
    let other_host = format!("http://127.0.0.1:{port}");
    let longer = format!("{}.evil.example", stage.url);
    let mut strange: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("origin", "")],
        vec![("origin", "https://app.example.com.evil.example")],
        vec![("origin", "http://app.example.com")],
        vec![("origin", &other_scheme)],
        vec![("origin", &other_host)],
        vec![("origin", &longer)],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("sec-fetch-site", "none")],
        vec![("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        vec![("referer", &stage.url)],
    ];
    strange.push(vec![
        ("origin", "https://evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("host", "evil.example"),
    ]);
    for what in CHANGES {
        for headers in &strange {
            let reply = change(&stage, &browser, what, headers).await;
            let (status, text) = (reply.status(), reply.text().await.unwrap());
            assert_eq!(status, StatusCode::FORBIDDEN, "{what:?} {headers:?}: {text}");
            assert!(text.contains("cross_site"), "{what:?} {headers:?}: {text}");
        }
    }
    assert!(stage.who(&browser).await.is_some(), "nothing has happened");
    assert_eq!(stage.items("LOGIN#").await.len(), 1);
    assert!(stage.items("KEY#").await.is_empty() && stage.items("SESSION#").await.is_empty());
    for headers in [
        vec![("origin", &*stage.url)],
        vec![("origin", "https://app.example.com")],
        vec![("sec-fetch-site", "same-origin")],
    ] {
        let reply = change(&stage, &browser, ("POST", "/sessions", "{}"), &headers).await;
        assert_eq!(reply.status(), StatusCode::CREATED, "{headers:?}");
    }
}

/// A form on another site, sent by the browser itself: Lax keeps the cookies back, but the reply could take them away.
#[tokio::test]
async fn another_site_puts_nobody_out() {
    let stage = Stage::open().await;
    let stranger = stage.browser();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for path in ["/logout", "/logout?everywhere=true", "/auth/logout"] {
        for site in [vec![], vec![("origin", "https://evil.example")], vec![("sec-fetch-site", "cross-site")]] {
            let reply = change(&stage, &stranger, ("POST", path, ""), &[site, form.to_vec()].concat()).await;
            assert_eq!(cookies(&reply), "", "{path}");
        }
        let reply = change(&stage, &stranger, ("POST", path, ""), &[("origin", &stage.url)]).await;
        assert!(cookies(&reply).contains("counsel-refresh=;"), "{path}: old cookies of our own go");
    }
}

#[tokio::test]
async fn who_sends_a_token_of_their_own_needs_no_other_proof() {
    let stage = Stage::open().await;
    let ada = stage.server.actor("ada").await;
    let request = ada.request(Method::POST, "/sessions").header("origin", "https://evil.example");
    assert_eq!(request.json(&json!({})).send().await.unwrap().status(), StatusCode::CREATED);
}

/// A cookie beside a token: the token counts, and does not lend its strength to the cookie.
#[tokio::test]
async fn a_bad_token_is_not_rescued_by_a_cookie() {
    let stage = Stage::open().await;
    let browser = stage.signed_in("ada").await;
    let request = browser.request(Method::POST, &stage.at("/sessions")).bearer_auth("nonsense").json(&json!({}));
    let status = request.send().await.unwrap().status();
    assert!(matches!(status.as_u16(), 401 | 403), "{status}");
}

#[tokio::test]
async fn only_listed_origins_may_read_what_a_cookie_opens() {
    let stage = Stage::with(&[("ALLOWED_ORIGINS", "https://app.example.com")]).await;
    let browser = stage.signed_in("ada").await;
    for path in ["/me", "/me/logins", "/me/keys", "/login/providers"] {
        for (origin, allowed) in [
            ("https://app.example.com", Some("https://app.example.com")),
            ("https://evil.example", None),
            ("https://app.example.com.evil.example", None),
            ("https://app.example.com:444", None),
            ("null", None),
        ] {
            let reply = browser.request(Method::GET, &stage.at(path)).header("origin", origin).send().await.unwrap();
            let said = reply.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap());
            assert_eq!(said, allowed, "{path} {origin}");
        }
    }
}

#[tokio::test]
async fn what_is_private_is_neither_kept_nor_framed() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    let begun = browser.get(&stage.at("/login")).await;
    let came = browser.get(&stage.back(&browser, "ada").await).await;
    let me = browser.get(&stage.at("/me")).await;
    let refused = browser.get(&stage.at("/callback?state=unknown")).await;
    for reply in [begun, came, me, refused] {
        let header = |name: &str| reply.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let url = reply.url();
        assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{url}");
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{url}");
        let policy = header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("frame-ancestors 'none'"), "{url}: {policy}");
    }
}
