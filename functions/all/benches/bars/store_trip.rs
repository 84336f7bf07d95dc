//! One small write straight at a store: the least a question costs that is kept before the model is asked.

use std::time::Instant;

use axum::http::Request;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use serde_json::json;

use crate::{
    client,
    table::{median, ms},
};

/// The embedded store reads no signature, but wants to see one.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=bench/20261120/eu-west-1/dynamodb/aws4_request, \
    SignedHeaders=host, Signature=0";

pub(crate) async fn median_ms(store: &str, count: u32) -> f64 {
    let http = client::http();
    let mut times = Vec::new();
    for number in 0..count {
        let item = json!({"pk": {"S": "BENCH"}, "sk": {"S": number.to_string()}});
        let put = json!({"TableName": "counsel", "Item": item}).to_string();
        let request = Request::post(store)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "DynamoDB_20120810.PutItem")
            .header("x-amz-date", "20261120T000000Z")
            .header("authorization", SIGNATURE)
            .body(Full::new(Bytes::from(put)))
            .expect("a well-formed request");
        let asked_at = Instant::now();
        let (head, body) = http.request(request).await.expect("the store answers").into_parts();
        let said = body.collect().await.expect("a whole reply").to_bytes();
        let time = ms(asked_at.elapsed());
        assert!(head.status.is_success(), "the store refused: {}", String::from_utf8_lossy(&said));
        times.push(time);
    }
    median(times)
}
