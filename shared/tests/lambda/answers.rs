//! From the response to what API Gateway takes.

use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::{Lambda, get, get_v2};

#[tokio::test]
async fn a_stream_is_a_prelude_and_then_each_piece_when_it_is_made() {
    let gate = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gate.local_addr().unwrap().to_string();
    let lambda = Lambda::start(&[("MODE", "streamed"), ("GATE", &address)]).await;

    let mut answer = lambda.api.invoke(&get("/pieces"));

    let headers = answer.headers().await;
    assert_eq!(headers["content-type"], "application/vnd.awslambda.http-integration-response");
    assert_eq!(headers["lambda-runtime-function-response-mode"], "streaming");
    assert_eq!(answer.prelude().await.status, 200);
    assert_eq!(answer.next_chunk().await.unwrap(), "one");
    // The second piece does not exist before this:
    gate.accept().await.unwrap().0.write_u8(1).await.unwrap();
    assert_eq!(answer.next_chunk().await.unwrap(), "two");
    assert_eq!(answer.next_chunk().await, None);
}

#[tokio::test]
async fn repeated_headers_are_one_string_in_a_prelude_and_cookies_stand_apart() {
    let lambda = Lambda::streamed().await;
    let prelude = lambda.api.invoke(&get("/headers")).prelude().await;
    assert_eq!(prelude.headers["vary"], "Origin, Accept");
    assert_eq!(prelude.cookies, ["a=1; Secure", "b=2; Secure"]);
    assert!(!prelude.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn repeated_headers_are_a_list_in_a_buffered_answer() {
    let lambda = Lambda::buffered().await;
    let reply = lambda.api.invoke(&get("/headers")).reply().await;
    assert_eq!(reply["multiValueHeaders"]["vary"], json!(["Origin", "Accept"]));
    assert_eq!(reply["multiValueHeaders"]["set-cookie"], json!(["a=1; Secure", "b=2; Secure"]));
    assert_eq!((&reply["statusCode"], &reply["body"]), (&json!(200), &json!("ok")));
}

#[tokio::test]
async fn an_http_api_gets_cookies_in_their_own_field() {
    let lambda = Lambda::buffered().await;
    let event = get_v2("/headers", "GET /headers", "$default");
    let reply = lambda.api.invoke(&event).reply().await;
    assert_eq!(reply["headers"]["vary"], "Origin, Accept");
    assert_eq!(reply["cookies"], json!(["a=1; Secure", "b=2; Secure"]));
    assert_eq!(reply["headers"].get("set-cookie"), None);
}

#[tokio::test]
async fn a_refusal_of_a_streaming_function_arrives_whole() {
    let lambda = Lambda::streamed().await;
    for status in [401, 413, 422] {
        let mut answer = lambda.api.invoke(&get(&format!("/refusal/{status}")));
        let prelude = answer.prelude().await;
        assert_eq!(prelude.status, status);
        assert_eq!(prelude.headers["content-type"], "application/problem+json");
        assert_eq!(prelude.headers["www-authenticate"], "Bearer");
        let body = json!({ "status": status, "code": "refused" }).to_string();
        assert_eq!(answer.text().await, body);
    }
}

#[tokio::test]
async fn an_answer_without_a_body_arrives() {
    let lambda = Lambda::streamed().await;
    let mut answer = lambda.api.invoke(&get("/nothing"));
    assert_eq!(answer.prelude().await.status, 204);
    assert_eq!(answer.text().await, "");

    let lambda = Lambda::buffered().await;
    let reply = lambda.api.invoke(&get("/nothing")).reply().await;
    assert_eq!((&reply["statusCode"], &reply["body"]), (&json!(204), &json!("")));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_buffered_in_base64() {
    let lambda = Lambda::buffered().await;
    let reply = lambda.api.invoke(&get("/binary")).reply().await;
    assert_eq!((&reply["isBase64Encoded"], &reply["body"]), (&json!(true), &json!("/wD+")));
    let reply = lambda.api.invoke(&get("/health")).reply().await;
    assert_eq!((&reply["isBase64Encoded"], &reply["body"]), (&json!(false), &json!("fine")));
}

#[tokio::test]
async fn a_socket_gets_a_buffered_answer_even_from_a_streaming_function() {
    let lambda = Lambda::streamed().await;
    let event = json!({
        "requestContext": {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "connectionId": "c1",
            "connectedAt": 1_900_000_000_000_u64,
            "requestTimeEpoch": 1_900_000_000_000_u64,
            "stage": "prod",
            "domainName": "socket.example.com"
        },
        "isBase64Encoded": false
    });
    let mut answer = lambda.api.invoke(&event);
    assert_eq!(answer.headers().await.get("lambda-runtime-function-response-mode"), None);
    let reply = answer.reply().await;
    let body: serde_json::Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    assert_eq!((&reply["statusCode"], &body["path"]), (&json!(200), &json!("/")));
}
