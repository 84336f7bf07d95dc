//! Browsers: the origins that are listed, and no other.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use shared::testing::{Actor, Script, Server, World};

const OURS: &str = "https://app.example.com";

async fn a_server(world: &World) -> Server {
    world.start_with(&[("ALLOWED_ORIGINS", "https://app.example.com,http://localhost:3000")]).await
}

fn preflight(server: &Server, origin: &str) -> RequestBuilder {
    let browser = Actor::new(&server.url, "none yet");
    let request = browser.request(Method::OPTIONS, "/consult");
    let request = request.header("origin", origin).header("access-control-request-method", "POST");
    request.header("access-control-request-headers", "authorization,content-type,idempotency-key")
}

fn allowed(headers: &HeaderMap) -> Option<&str> {
    headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap())
}

fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter().flat_map(|value| value.to_str().unwrap().split(','));
    let mut list: Vec<String> = values.map(|item| item.trim().to_lowercase()).collect();
    list.sort();
    list
}

#[tokio::test]
async fn a_listed_origin_may_ask_and_read() {
    let world = World::with(Script::says("Hello.")).await;
    let server = a_server(&world).await;
    let reply = preflight(&server, OURS).send().await.unwrap();
    assert!(reply.status().is_success());
    let headers = reply.headers();
    assert_eq!(allowed(headers), Some(OURS));
    assert_eq!(headers["access-control-allow-credentials"], "true");
    assert!(list(headers, "vary").contains(&"origin".to_owned()));
    assert_eq!(list(headers, "access-control-allow-headers"), ["authorization", "content-type", "idempotency-key"]);
    assert_eq!(list(headers, "access-control-allow-methods"), ["delete", "get", "patch", "post", "put"]);

    let ada = server.actor("ada").await;
    let stranger = Actor::new(&server.url, "nobody");
    for reader in [ada, stranger] {
        let reply = reader.request(Method::GET, "/me").header("origin", OURS).send().await.unwrap();
        assert_eq!(allowed(reply.headers()), Some(OURS), "a refusal is readable, too");
        assert_eq!(reply.headers()["access-control-allow-credentials"], "true");
        assert!(list(reply.headers(), "vary").contains(&"origin".to_owned()));
        let exposed = list(reply.headers(), "access-control-expose-headers");
        assert_eq!(
            exposed,
            ["location", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id", "x-session-id"]
        );
    }
}

#[tokio::test]
async fn no_other_origin_may() {
    let world = World::with(Script::new()).await;
    let server = a_server(&world).await;
    let ada = server.actor("ada").await;
    for origin in ["https://evil.example.com", "https://app.example.com.evil.org", "http://app.example.com", "null"] {
        let reply = preflight(&server, origin).send().await.unwrap();
        assert_eq!(allowed(reply.headers()), None, "{origin}");
        let reply = ada.request(Method::GET, "/me").header("origin", origin).send().await.unwrap();
        assert_eq!(allowed(reply.headers()), None, "{origin}");
        assert!(list(reply.headers(), "vary").contains(&"origin".to_owned()), "a cache must not mix them up");
    }
}

#[tokio::test]
async fn unless_origins_are_listed_there_are_none() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    assert_eq!(allowed(preflight(&server, OURS).send().await.unwrap().headers()), None);
}
