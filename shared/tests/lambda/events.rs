//! From the event to the request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{Lambda, get, get_v2};

async fn echo(lambda: &Lambda, event: &Value) -> Value {
    let mut echo = lambda.api.invoke(event);
    assert_eq!(echo.prelude().await.status, 200);
    serde_json::from_str(&echo.text().await).unwrap()
}

#[tokio::test]
async fn the_stage_is_not_part_of_the_path() {
    let lambda = Lambda::streamed().await;
    lambda.is_fine().await;

    for (path, route, stage) in [
        ("/prod/sessions", "GET /sessions", "prod"),
        ("/prod/sessions", "$default", "prod"),
        ("/sessions", "$default", "$default"),
    ] {
        let echo = echo(&lambda, &get_v2(path, route, stage)).await;
        assert_eq!(echo["path"], "/sessions", "{path} by {route} in {stage}");
    }
}

#[tokio::test]
async fn the_base_path_of_a_custom_domain_is_not_part_of_the_path() {
    let lambda = Lambda::streamed().await;
    let one = json!({ "session": "s1" });
    let rest = json!({ "proxy": "sessions/s1" });
    for (path, resource, parameters, expected) in [
        ("/v1/sessions/s1", "/sessions/{session}", &one, "/sessions/s1"),
        ("/sessions/s1", "/sessions/{session}", &one, "/sessions/s1"),
        ("/v1/sessions/s1", "/{proxy+}", &rest, "/sessions/s1"),
        ("/sessions/s1", "/{proxy+}", &rest, "/sessions/s1"),
        ("/prod/v1/sessions", "/sessions", &Value::Null, "/sessions"),
        ("/v1", "/", &Value::Null, "/"),
    ] {
        let mut event = get(path);
        event["resource"] = resource.into();
        event["pathParameters"] = parameters.clone();
        assert_eq!(echo(&lambda, &event).await["path"], expected, "{path} as {resource}");
    }
}

#[tokio::test]
async fn the_request_arrives_as_it_was_sent() {
    let lambda = Lambda::streamed().await;
    let mut event = get("/anything");
    event["httpMethod"] = "POST".into();
    event["multiValueQueryStringParameters"] = json!({ "q": ["a b&c", "ü"] });
    event["queryStringParameters"] = json!({ "q": "ü" });
    event["headers"]["Accept"] = "text/html".into();
    event["multiValueHeaders"]["Accept"] = json!(["text/plain", "text/html"]);
    event["body"] = "SGFsbMO2".into();
    event["isBase64Encoded"] = true.into();

    let echo = echo(&lambda, &event).await;

    assert_eq!(echo["method"], "POST");
    assert_eq!(echo["query"], "q=a+b%26c&q=%C3%BC");
    assert_eq!(echo["accept"], json!(["text/plain", "text/html"]));
    assert_eq!(echo["body"], "Hallö");
    assert_eq!(echo["trace"], "Root=1-5759e988-bd862e3fe1be46a994272793");
}

#[tokio::test]
async fn odd_headers_of_a_client_spoil_nothing_else() {
    let lambda = Lambda::streamed().await;
    let mut event = get("/anything");
    event["multiValueHeaders"]["X-Name"] = json!(["Zoë"]);
    event["multiValueHeaders"]["X-Forwarded-Proto"] = json!(["no scheme, at all"]);
    event["headers"] = json!({ "X-Name": "Zoë", "X-Forwarded-Proto": "no scheme, at all" });
    assert_eq!(echo(&lambda, &event).await["name"], Value::Null);

    event["multiValueHeaders"] = Value::Null;
    assert_eq!(echo(&lambda, &event).await["path"], "/anything");
}

#[tokio::test]
async fn the_request_knows_when_its_host_goes_away() {
    let lambda = Lambda::streamed().await;
    let at = UNIX_EPOCH + Duration::from_millis(1_900_000_000_123);
    assert!(at > SystemTime::now());

    let mut answer = lambda.api.invoke_until(&get("/deadline"), at);

    assert_eq!(answer.prelude().await.status, 200);
    assert_eq!(answer.text().await, "1900000000123");
}

/// cargo-lambda's emulator sends one that is long past: its functions must not hurry.
#[tokio::test]
async fn a_deadline_that_has_passed_is_none() {
    let lambda = Lambda::streamed().await;
    let mut answer = lambda.api.invoke_until(&get("/deadline"), UNIX_EPOCH + Duration::from_mins(10));
    answer.prelude().await;
    assert_eq!(answer.text().await, "none");
}

#[tokio::test]
async fn what_is_no_request_is_reported_and_the_next_event_served() {
    let lambda = Lambda::streamed().await;
    let report = lambda.api.invoke(&json!({ "Records": [] })).error().await;
    assert!(report["errorMessage"].is_string(), "{report}");
    lambda.is_fine().await;
}
