//! The gateway sends each request to the function that serves it, as a stream where that streams, and its own errors look
//! like ours.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::places::{
    Routes, as_told, entries, functions, gateway, properties, read, requests, resource_name, route_of, routes,
    template, text,
};

/// Of each path the methods, and of each method its function.
type Table = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn each_route_goes_to_the_function_that_serves_it() {
    let (sent, served) = (sent(), served());
    let (known, told): (BTreeSet<_>, BTreeSet<_>) = (sent.keys().collect(), served.keys().collect());
    assert!(known == told, "on one side only: {:?}", &known ^ &told);
    for (path, methods) in &sent {
        let others = methods.get("ANY").unwrap_or_else(|| panic!("{path}: OPTIONS goes nowhere"));
        for (method, function) in &served[path] {
            assert_eq!(methods.get(method).unwrap_or(others), function, "{method} {path}");
        }
        for (method, function) in methods {
            let is_due = if method == "ANY" {
                served[path].values().any(|owner| owner == function)
            } else {
                served[path].get(method) == Some(function)
            };
            assert!(is_due, "{method} {path} goes to {function}");
        }
    }
}

fn served() -> Table {
    let mut table = Table::new();
    for function in functions() {
        for route in routes(&function) {
            let (method, path) = route.split_once(' ').expect("a method and a path");
            let before = table.entry(path.to_owned()).or_default().insert(method.to_owned(), function.clone());
            assert_eq!(before, None, "{route}");
        }
    }
    table
}

fn sent() -> Table {
    let owners = |methods: BTreeMap<String, Value>| {
        methods.into_iter().map(|(method, integration)| (method, owner(&integration))).collect()
    };
    gateway(&template()).into_iter().map(|(path, methods)| (as_told(&path), owners(methods))).collect()
}

fn owner(integration: &Value) -> String {
    let uri = text(&integration["uri"]);
    let called = |function: &String| uri.contains(&format!("${{{}.Arn}}", resource_name(function)));
    functions().into_iter().find(called).unwrap_or_else(|| panic!("no function: {uri}"))
}

#[test]
fn every_route_has_a_recorded_event_and_no_event_goes_nowhere() {
    let gateway = gateway(&template());
    for function in functions() {
        let (routes, requests) = (routes(&function), requests(&function));
        let recorded: Routes = requests.iter().map(|(_, event)| route_of(event)).collect();
        assert_eq!(&routes - &recorded, Routes::new(), "{function}: routes without an event");
        let served: Routes = routes.iter().map(|route| preflight_of(route)).chain(routes.clone()).collect();
        assert_eq!(&recorded - &served, Routes::new(), "{function}: events that go nowhere");
        for (name, event) in requests {
            assert!(gateway.contains_key(&text(&event["resource"])), "{name}");
        }
    }
}

fn preflight_of(route: &str) -> String {
    let (_, path) = route.split_once(' ').expect("a method and a path");
    format!("OPTIONS {path}")
}

#[test]
fn a_recorded_event_is_one_the_gateway_could_have_sent() {
    for (name, event) in functions().iter().flat_map(|function| requests(function)) {
        let (path, context) = (text(&event["path"]), &event["requestContext"]);
        assert_eq!(context["path"], format!("/{}{path}", text(&context["stage"])), "{name}: the stage");
        let filled = entries(&event["pathParameters"]).fold(text(&event["resource"]), |path, (key, value)| {
            path.replace(&format!("{{{key}+}}"), &text(value)).replace(&format!("{{{key}}}"), &text(value))
        });
        // To the gateway a path is the same with a slash at its end.
        assert!(path == filled || path == format!("{filled}/"), "{name}: the path parameters of {path}");
        for (header, value) in entries(&event["headers"]) {
            assert_eq!(event["multiValueHeaders"][header], Value::from(vec![value.clone()]), "{name}: {header}");
        }
    }
}

/// The gateway takes a misspelt transfer mode for a buffered one, without a word.
#[test]
fn what_a_binary_streams_is_streamed_as_long_as_it_runs() {
    let template = template();
    for (path, methods) in gateway(&template) {
        for (method, integration) in methods {
            assert_eq!(integration, integration_of(&template, &owner(&integration)), "{method} {path}");
        }
    }
}

fn integration_of(template: &Value, function: &str) -> Value {
    let streams = read(&format!("functions/{function}/src/main.rs")).contains("ResponseMode::Streamed");
    let (api, how) =
        if streams { ("2021-11-15", "response-streaming-invocations") } else { ("2015-03-31", "invocations") };
    let to = format!("lambda:path/{api}/functions/${{{}.Arn}}/{how}", resource_name(function));
    let uri = format!("arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{to}");
    let mut integration = json!({ "type": "aws_proxy", "httpMethod": "POST", "uri": uri });
    let seconds = properties(template, function)["Timeout"].as_u64();
    assert_eq!(seconds.is_some(), streams, "{function}: a reply that is not streamed has 29 seconds");
    if let Some(seconds) = seconds {
        integration["responseTransferMode"] = json!("STREAM");
        integration["timeoutInMillis"] = json!(seconds * 1_000);
    }
    integration
}

#[test]
fn what_the_gateway_says_by_itself_looks_like_what_we_say() {
    let template = template();
    let responses = &template["Resources"]["Api"]["Properties"]["GatewayResponses"];
    for (name, response) in entries(responses) {
        let body: Value = serde_json::from_str(&text(&response["ResponseTemplates"]["application/json"])).unwrap();
        let members: BTreeSet<_> = entries(&body).map(|(key, _)| key.as_str()).collect();
        assert_eq!(members, BTreeSet::from(["code", "detail", "request_id", "status", "title", "type"]), "{name}");
        assert_eq!(body["status"], response["StatusCode"], "{name}");
        assert_eq!(body["request_id"], "$context.requestId", "{name}");
        let headers = &response["ResponseParameters"]["Headers"];
        assert_eq!(headers["Content-Type"], "'application/problem+json'", "{name}");
        assert_eq!(headers["Access-Control-Allow-Origin"], "'*'", "{name}");
        assert_eq!(headers["X-Request-Id"], "context.requestId", "{name}");
    }
    for fallback in ["DEFAULT_4XX", "DEFAULT_5XX"] {
        assert!(responses[fallback].is_object(), "{fallback}");
    }
}
