//! Spans and metrics, as OpenTelemetry's own definitions and Prometheus' own parser read them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use serde_json::{Value, json};
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Script, World, poll};

use crate::client::run;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// What a collector was sent: the header that proves who sends, and the document.
type Taken = Arc<Mutex<Vec<(String, Value)>>>;

async fn collector() -> (Loopback, Taken) {
    let taken = Taken::default();
    let kept = Arc::clone(&taken);
    let server = Loopback::start(move |request| {
        let kept = Arc::clone(&kept);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
            let key = head.headers.get("x-key").map_or("", |key| key.to_str().unwrap()).to_owned();
            assert_eq!(
                (head.uri.path(), &head.headers["content-type"]),
                ("/v1/traces", &"application/json".parse().unwrap())
            );
            kept.lock().unwrap().push((key, serde_json::from_slice(&body).unwrap()));
            Ok(answer(200, "application/json", "{}"))
        }
    });
    (server.await, taken)
}

fn spans(taken: &Taken) -> Vec<Value> {
    let all = taken.lock().unwrap();
    let scoped =
        all.iter().flat_map(|(_, body)| body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone());
    scoped.collect()
}

fn attribute<'a>(span: &'a Value, name: &str) -> &'a Value {
    let all = span["attributes"].as_array().unwrap();
    all.iter().find(|attribute| attribute["key"] == name).map_or(&Value::Null, |attribute| &attribute["value"])
}

#[tokio::test]
async fn a_collector_gets_a_trace_by_the_conventions_and_nothing_of_what_was_said() {
    let (collector, taken) = collector().await;
    let world = World::with(Script::says("It is late, Ada.")).await;
    world.provider.then(Script::new().calls_tool("call_1", "now", "{}").finish_because("tool_calls"));
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of%20ours".to_owned()),
        ("OTEL_SERVICE_NAME", "counsel-of-this-test".to_owned()),
    ];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = world.start_with(&settings).await;
    let ada = server.actor("ada").await;
    let request = ada.request(reqwest::Method::POST, "/consult").json(&json!({ "text": "What time is it now?" }));
    let reply = request.header("traceparent", format!("00-{TRACE}-{CALLER}-01")).send().await.unwrap();
    reply.text().await.unwrap();

    let told = poll("five spans", async || Some(spans(&taken)).filter(|spans| spans.len() >= 5)).await;
    let named =
        |name: &str| told.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("{name}: {told:#?}"));
    let (request, turn) = (named("POST /consult"), named("invoke_agent counsel"));
    let (chat, tool) = (named("chat fake"), named("execute_tool now"));
    assert!(told.iter().all(|span| span["traceId"] == TRACE));
    assert_eq!((&request["parentSpanId"], &turn["parentSpanId"]), (&json!(CALLER), &request["spanId"]));
    assert_eq!((&chat["parentSpanId"], &tool["parentSpanId"]), (&turn["spanId"], &turn["spanId"]));
    for (name, value) in [
        ("gen_ai.operation.name", json!({ "stringValue": "chat" })),
        ("gen_ai.provider.name", json!({ "stringValue": "openai" })),
        ("gen_ai.request.model", json!({ "stringValue": "fake" })),
        ("gen_ai.response.finish_reasons", json!({ "arrayValue": { "values": [{ "stringValue": "tool_calls" }] } })),
    ] {
        assert_eq!(attribute(chat, name), &value, "{name}");
    }
    assert_eq!(attribute(tool, "gen_ai.tool.name")["stringValue"], "now");
    let all: Vec<_> = taken.lock().unwrap().clone();
    assert!(all.iter().all(|(key, _)| key == "of ours"), "the header of the settings");
    let text = format!("{all:?}");
    assert!(!["late", "time is it", ada.token()].iter().any(|said| text.contains(said)), "{text}");
    let documents: Vec<_> = all.into_iter().map(|(_, document)| document).collect();
    let read = run("telemetry_reader.py", &server.url, &ada, &json!({ "traces": documents })).await;
    assert_eq!((&read["service"], &read["trace"]), (&json!("counsel-of-this-test"), &json!(TRACE)));
    assert_eq!(read["spans"], json!(told.len()), "as its own definitions read it");
}

#[tokio::test]
async fn a_caller_that_is_not_sampled_is_not_traced() {
    let (collector, taken) = collector().await;
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())]).await;
    let ada = server.actor("ada").await;
    let quiet = ada.request(reqwest::Method::GET, "/me").header("traceparent", format!("00-{TRACE}-{CALLER}-00"));
    quiet.send().await.unwrap();
    ada.get("/health").await;

    let told = poll("a span", async || Some(spans(&taken)).filter(|spans| !spans.is_empty())).await;
    assert_eq!(told.iter().map(|span| &span["name"]).collect::<Vec<_>>(), ["GET /health"]);
}

/// Nobody waits for a collector that says nothing, or is not there.
#[tokio::test]
async fn a_dead_collector_delays_no_answer_and_no_end() {
    let silent = Loopback::start(async |_| std::future::pending().await).await;
    for collector in [silent.url(), "http://127.0.0.1:9".to_owned()] {
        let world = World::with(Script::says("Hello.")).await;
        let mut server = world.start_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector)]).await;
        let ada = server.actor("ada").await;
        for _ in 0..3 {
            assert_eq!(ada.ask("Are you there?").await.text().await, "Hello.");
        }
        server.process.wait_for_line("spans were dropped").await;
        let asked = Instant::now();
        server.process.terminate();
        assert!(server.process.wait().await.success());
        assert!(asked.elapsed() < Duration::from_secs(8), "{collector}: took {:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn prometheus_reads_what_was_counted_at_a_port_of_its_own() {
    let world = World::with(Script::says("Hello.")).await;
    world.provider.then(Script::new().calls_tool("call_1", "now", "{}").finish_because("tool_calls"));
    let server = world.start_with(&[("METRICS_ADDRESS", "127.0.0.1:0")]).await;
    let line: Value = serde_json::from_str(&server.process.wait_for_line("metrics can be read").await).unwrap();
    let ada = server.actor("ada").await;
    ada.ask("What time is it now?").await.text().await;
    for number in 0..3 {
        ada.get(&format!("/sessions/nowhere{number}")).await;
    }
    assert_eq!(ada.get("/metrics").await.status(), 404, "not where clients ask");

    let url = format!("http://{}/metrics", line["address"].as_str().unwrap());
    let reply = shared::testing::client().get(url).send().await.unwrap();
    assert_eq!(reply.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = reply.text().await.unwrap();
    let read = run("telemetry_reader.py", &server.url, &ada, &json!({ "metrics": text })).await;
    for (series, value) in [
        (r#"counsel_turns_total{model="openai:fake",status="completed"}"#, 1.0),
        (r#"counsel_http_requests_total{method="GET",route="/sessions/{session}",status="404"}"#, 3.0),
        (r#"counsel_model_calls_total{ended="complete",provider="openai"}"#, 2.0),
        (r#"counsel_tool_calls_total{failed="false",tool="now"}"#, 1.0),
        (r#"counsel_turn_duration_seconds_count{model="openai:fake"}"#, 1.0),
        (r#"counsel_turn_duration_seconds_bucket{le="+Inf",model="openai:fake"}"#, 1.0),
    ] {
        assert_eq!(read[series].as_f64(), Some(value), "{series}: {text}");
    }
    assert!(read[r#"counsel_tokens_total{kind="output",model="openai:fake"}"#].as_f64().unwrap() > 0.0, "{text}");
}
