//! What a function tells: lines that are metrics, in the host's own trace, and spans that leave before it is frozen.

use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use serde_json::{Value, json};
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Script, World, poll};

use crate::function::{Function, event};

/// As the runtime's API names it for each event.
const TRACE: &str = "5759e988bd862e3fe1be46a994272793";

/// The record of this kind.
async fn record(function: &Function, kind: &str) -> Value {
    let find = || {
        let lines = function.process.lines();
        let mut json = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        json.find(|line| line["target"] == kind)
    };
    poll(kind, async || find()).await
}

/// As `CloudWatch` wants it: whatever a directive names is a number or a text of the line.
fn metrics(line: &Value) -> (String, Vec<String>) {
    let about = &line["_aws"];
    assert!(about["Timestamp"].as_u64().is_some_and(|at| at > 1_700_000_000_000), "{line}");
    let directive = &about["CloudWatchMetrics"][0];
    for set in directive["Dimensions"].as_array().unwrap() {
        assert!(set.as_array().unwrap().iter().all(|name| line[name.as_str().unwrap()].is_string()), "{line}");
    }
    let metrics = directive["Metrics"].as_array().unwrap().iter();
    let names: Vec<String> = metrics.map(|metric| metric["Name"].as_str().unwrap().to_owned()).collect();
    assert!(names.iter().all(|name| line[name].is_number()), "{line}");
    (directive["Namespace"].as_str().unwrap().to_owned(), names)
}

#[tokio::test]
async fn lines_of_requests_and_turns_are_metrics_on_lambda() {
    let world = World::with(Script::says("Hello.")).await;
    let token = world.token("ada").await;
    let consult = Function::start(&world, "consult").await;
    consult.answer(&event("consult", "a-question", &[("TOKEN", &token)])).await;

    let (request, turn) = (record(&consult, "request").await, record(&consult, "turn").await);
    let counted = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let of_request = ("Counsel/Requests".to_owned(), counted(&["count", "errors", "duration_ms"]));
    assert_eq!(metrics(&request), of_request);
    let numbers = ["count", "errors", "duration_ms", "first_token_ms", "input_tokens", "output_tokens"];
    assert_eq!(metrics(&turn), ("Counsel/Turns".to_owned(), counted(&numbers)), "no price is known of this model");
    assert_eq!((&turn["errors"], &turn["function"]), (&json!(0), &json!("fake")));
    assert_eq!((&request["trace_id"], &turn["trace_id"]), (&json!(TRACE), &json!(TRACE)), "X-Ray's");
    assert_eq!(request["cold_start"], true);
    let call = &world.provider.calls()[0];
    assert!(call.headers["traceparent"].to_str().unwrap().starts_with(&format!("00-{TRACE}-")));
}

#[tokio::test]
async fn spans_have_left_before_the_next_event_is_asked_for() {
    let collected = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&collected);
    let collector = Loopback::start(move |request| {
        let kept = Arc::clone(&kept);
        async move {
            let body = request.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
            kept.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
            Ok(answer(200, "application/json", "{}"))
        }
    });
    let collector = collector.await;
    let world = World::with(Script::says("Hello.")).await;
    let token = world.token("ada").await;
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())];
    let consult = Function::start_with(&world, "consult", &settings).await;

    consult.answer(&event("consult", "a-question", &[("TOKEN", &token)])).await;
    consult.api.wait_for_nexts(2).await;

    let collected = collected.lock().unwrap().join("\n");
    for name in ["POST /consult", "invoke_agent counsel", "chat fake"] {
        assert!(collected.contains(name), "{name} would be frozen: {collected}");
    }
}
