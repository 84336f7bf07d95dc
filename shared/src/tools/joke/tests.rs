//! `get_joke` against a server.

use std::time::Duration;

use super::*;
use crate::net::Roots;
use crate::testing::loopback::{Loopback, answer};
use crate::tools::tests::context;

/// What the tool makes of this reply; a server that has none is silent.
async fn told(reply: Option<(u16, String)>) -> Result<Value, String> {
    let server = Loopback::start(move |request| {
        let reply = reply.clone();
        async move {
            let headers = request.headers();
            assert_eq!((request.uri().path(), headers["accept"].to_str().unwrap()), ("/", "application/json"));
            assert!(headers["user-agent"].to_str().unwrap().starts_with("Counsel/"));
            let Some((status, body)) = reply else { return std::future::pending().await };
            let mut reply = answer(status, "application/json", body);
            reply.headers_mut().insert("location", "http://169.254.169.254/latest".parse().unwrap());
            Ok(reply)
        }
    })
    .await;
    let service = Service::new("joke service", &server.url(), Roots::Builtin).within(Duration::from_millis(500));
    Joke::new(service).call(&json!({}), &context(0)).await.map_err(|fault| fault.to_string())
}

#[tokio::test]
async fn a_joke_is_told_as_small_json() {
    let reply = r#"{"id":"R7UfaahVfFd","joke":"A dog on a bike.","status":200}"#;
    assert_eq!(told(Some((200, reply.to_owned()))).await, Ok(json!({ "joke": "A dog on a bike." })));
}

#[tokio::test]
async fn a_service_that_fails_is_said_to_have_failed_in_words_of_our_own() {
    for (reply, told_instead) in [
        (Some((302, r#"{"joke":"elsewhere"}"#)), "The joke service has no answer at the moment."),
        (Some((503, "<h1>secret</h1>")), "The joke service has no answer at the moment."),
        (Some((200, "<h1>hello</h1>")), "The joke service cannot be understood."),
        (Some((200, r#"{"pun":1}"#)), "The joke service cannot be understood."),
        (None, "The joke service does not answer."),
    ] {
        let reply = reply.map(|(status, body)| (status, body.to_owned()));
        assert_eq!(told(reply).await, Err(told_instead.to_owned()));
    }
}

#[tokio::test]
async fn what_is_too_large_is_not_read() {
    let large = format!(r#"{{"joke":"{}"}}"#, "ha".repeat(200_000));
    assert_eq!(told(Some((200, large))).await, Err("The joke service says more than can be read.".to_owned()));
}
