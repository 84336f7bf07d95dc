//! Alarms, logs and the dashboard: the operator on call hears of every function, and nothing that a client wrote.

use serde_json::{Value, json};

use crate::places::{entries, functions, list, read, resource_name, template, text};

/// A new function brings its three alarms.
#[test]
fn every_function_has_alarms_for_errors_throttles_and_slowness_and_they_are_told_to_somebody() {
    let template = template();
    for function in functions() {
        let resource = resource_name(&function);
        for (alarm, metric) in [("Errors", "Errors"), ("Throttles", "Throttles"), ("Slow", "Duration")] {
            let name = resource.replace("Function", alarm);
            let properties = &template["Resources"][&name]["Properties"];
            assert_eq!(properties["MetricName"], metric, "{name}");
            assert_eq!(properties["Dimensions"], json!([{ "Name": "FunctionName", "Value": resource }]), "{name}");
        }
    }
    for (name, alarm) in entries(&template["Resources"]).filter(|(_, r)| r["Type"] == "AWS::CloudWatch::Alarm") {
        assert_eq!(alarm["Properties"]["AlarmActions"], json!(["Alarms"]), "{name}");
    }
}

/// Tokens travel in headers and, as tickets, in queries; names of people's sessions in paths.
#[test]
fn the_access_log_has_fixed_fields_and_nothing_that_a_client_wrote() {
    let template = template();
    let api = &template["Resources"]["Api"]["Properties"];
    let format: Value = serde_json::from_str(&text(&api["AccessLogSetting"]["Format"])).unwrap();
    let known = [
        "error.responseType",
        "httpMethod",
        "integrationLatency",
        "requestId",
        "requestTimeEpoch",
        "resourcePath",
        "responseLatency",
        "responseLength",
        "status",
        "xrayTraceId",
    ];
    let mut logged: Vec<_> = entries(&format).map(|(_, value)| text(value).replace("$context.", "")).collect();
    logged.sort_by_key(|name| name.to_lowercase());
    assert_eq!(logged, known);
    for setting in list(&api["MethodSettings"]) {
        assert_eq!((&setting["LoggingLevel"], &setting["DataTraceEnabled"]), (&json!("OFF"), &json!(false)));
    }
}

#[test]
fn every_log_ends_some_day() {
    let template = template();
    let groups = entries(&template["Resources"]).filter(|(_, resource)| resource["Type"] == "AWS::Logs::LogGroup");
    let kept: Vec<_> = groups.map(|(_, group)| text(&group["Properties"]["RetentionInDays"])).collect();
    assert_eq!(kept, ["LogDays"; 2]);
    assert_eq!(template["Globals"]["Function"]["LoggingConfig"]["LogGroup"], "Logs");
}

#[test]
fn every_function_is_heard_in_the_log() {
    for function in functions() {
        let main = read(&format!("functions/{function}/src/main.rs"));
        assert!(main.contains("(env!(\"CARGO_CRATE_NAME\"), ResponseMode::"), "{function} would log warnings only");
    }
}

/// `CloudFormation` hands its text on without a look at it; `CloudWatch` then refuses the whole stack.
#[test]
fn the_dashboard_is_json() {
    let template = read("template.yaml");
    let (_, body) = template.split_once("DashboardBody: !Sub\n        - |\n").expect("a dashboard");
    let (body, _) = body.split_once("\n        - {").expect("its end");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert!(body["widgets"].as_array().is_some_and(|widgets| widgets.len() > 5), "{body}");
}
