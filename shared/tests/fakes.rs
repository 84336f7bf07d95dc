//! The fakes themselves, where a mistake in them would make other tests lie.

use axum::{
    body::Body,
    http::{Request, Response},
};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, Error},
    rt::TokioExecutor,
};
use serde_json::json;
use shared::testing::{
    Cassette, Cassettes, FakeProvider, FaultProxy, Script, StoreFault, Units,
    loopback::{Loopback, answer},
};

async fn post(url: &str, target: &str, body: &'static str) -> Result<Response<Incoming>, Error> {
    let request = Request::post(url).header("x-amz-target", target).body(Body::from(body)).unwrap();
    Client::builder(TokioExecutor::new()).build_http().request(request).await
}

async fn ask(provider: &FakeProvider) -> Result<Response<Incoming>, Error> {
    post(&format!("{}/chat/completions", provider.base_url()), "", r#"{"model":"m","stream":true}"#).await
}

async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.into()).unwrap()
}

#[tokio::test]
async fn an_answer_dropped_by_the_client_counts_as_aborted() {
    let provider = FakeProvider::start(Script::new().say("one").stalls()).await;
    let mut answer = ask(&provider).await.unwrap();
    assert!(answer.frame().await.is_some());
    assert_eq!((provider.open_streams(), provider.aborted()), (1, 0));
    drop(answer);
    provider.wait_for_aborted(1).await;
    assert_eq!(provider.open_streams(), 0);
}

#[tokio::test]
async fn whole_and_broken_answers_do_not_count_as_aborted() {
    let provider = FakeProvider::start(Script::says("Hello Ada")).await;
    provider.then(Script::new().say("one").resets()).then(Script::fails(500));

    let broken = ask(&provider).await.unwrap().into_body().collect().await;
    assert!(broken.is_err());
    assert_eq!(ask(&provider).await.unwrap().status(), 500);
    let whole = text(ask(&provider).await.unwrap()).await;
    assert!(whole.contains("Hello ") && whole.ends_with("data: [DONE]\n\n"), "{whole}");

    assert_eq!((provider.calls().len(), provider.aborted()), (3, 0));
    assert_eq!(provider.calls()[0].body["model"], "m");
}

#[tokio::test]
async fn each_byte_of_a_split_arrives_alone_and_a_gate_holds_the_rest() {
    let provider = FakeProvider::start(Script::new().split("äb").gate("more").raw("rest").ends()).await;
    let mut answer = ask(&provider).await.unwrap();
    for byte in "äb".bytes() {
        let frame = answer.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), [byte][..]);
    }
    provider.release("more");
    assert_eq!(text(answer).await, "rest");
}

#[tokio::test]
async fn a_fault_hits_its_operation_and_runs_out() {
    let upstream = Loopback::start(async |_| {
        let body = json!({ "ConsumedCapacity": { "TableName": "t", "CapacityUnits": 1.5 } });
        Ok(answer(200, "application/x-amz-json-1.0", body.to_string()))
    })
    .await;
    let proxy = FaultProxy::start(&upstream.url()).await;
    proxy.set(StoreFault::Throttle.only("PutItem").times(1));

    let (get, put) = ("DynamoDB_20120810.GetItem", "DynamoDB_20120810.PutItem");
    assert_eq!(post(&proxy.url(), get, "{}").await.unwrap().status(), 200);
    assert_eq!(post(&proxy.url(), put, "{}").await.unwrap().status(), 400);
    assert_eq!(post(&proxy.url(), put, "{}").await.unwrap().status(), 200);
    proxy.set(StoreFault::DropReply);
    assert!(post(&proxy.url(), put, "{}").await.is_err());

    assert_eq!((proxy.count("GetItem"), proxy.count("PutItem")), (1, 3));
    // The lost reply was paid for all the same.
    assert_eq!(proxy.units(), Units { read: 1.5, write: 3.0 });
}

#[tokio::test]
async fn a_frozen_request_goes_through_when_the_fault_is_cleared() {
    let upstream = Loopback::start(async |_| Ok(answer(200, "text/plain", "thawed"))).await;
    let proxy = FaultProxy::start(&upstream.url()).await;
    proxy.set(StoreFault::Freeze);
    let url = proxy.url();
    let frozen = tokio::spawn(async move { text(post(&url, "", "").await.unwrap()).await });
    shared::testing::eventually("the request", || (proxy.count("") == 1).then_some(())).await;
    assert!(!frozen.is_finished());
    proxy.clear();
    assert_eq!(frozen.await.unwrap(), "thawed");
}

const RECORDING: &str = "data: one\n\ndata: two\n\n";

async fn play(cassettes: &Cassettes) -> Response<Incoming> {
    post(&format!("{}/any/path?x=1", cassettes.url()), "", r#"{"model":"m"}"#).await.unwrap()
}

#[tokio::test]
async fn a_cassette_is_played_whole_in_pieces_and_the_request_is_kept() {
    let cassettes = Cassettes::start(Cassette::of(RECORDING.repeat(20))).await;
    let mut answer = play(&cassettes).await;
    let first = answer.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.len() < 100);
    let rest = text(answer).await;
    assert_eq!(first.len() + rest.len(), RECORDING.len() * 20);
    let call = &cassettes.calls()[0];
    assert_eq!((call.path.as_str(), &call.body), ("/any/path?x=1", &json!({ "model": "m" })));
}

#[tokio::test]
async fn a_cassette_can_be_cut_reset_stalled_or_refused() {
    let cassettes = Cassettes::start(Cassette::of(RECORDING).cut_at(9)).await;
    assert_eq!(text(play(&cassettes).await).await, "data: one");

    cassettes.then(Cassette::of(RECORDING).resets_at(9));
    assert!(play(&cassettes).await.into_body().collect().await.is_err());

    cassettes.then(Cassette::of(RECORDING).stalls_at(0));
    let stalled = tokio::spawn(text(play(&cassettes).await));
    cassettes.then(Cassette::refusal(429, Some(3), "{}"));
    let refused = play(&cassettes).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "3");
    assert!(!stalled.is_finished());
}
