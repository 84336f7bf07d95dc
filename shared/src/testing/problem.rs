//! Refusals, as clients read them.

use reqwest::Response;
use serde_json::Value;

/// The body of a refusal. What all refusals have in common is asserted here; the request's id, which differs each
/// time, is replaced.
pub async fn problem(reply: Response) -> Value {
    let status = reply.status().as_u16();
    let (headers, text) = (reply.headers().clone(), reply.text().await.expect("a body"));
    assert!(status >= 400, "{status} is no refusal: {text:.200}");
    assert_eq!(headers["content-type"], "application/problem+json", "{status} {text}");
    let mut body: Value = serde_json::from_str(&text).expect("problem details are JSON");
    assert_eq!(body["status"], status);
    assert_eq!(body["request_id"], headers["x-request-id"].to_str().expect("an id"));
    assert!(body["code"].as_str().is_some_and(|code| !code.is_empty()), "a problem without a code: {body}");
    body["request_id"] = "[id]".into();
    body
}
