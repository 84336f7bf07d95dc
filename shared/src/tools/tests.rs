//! Tools as a model and a user call them.

use serde_json::json;

use super::*;
use std::sync::Arc;

use crate::config::StoreConfig;
use crate::domain::CallId;
use crate::error::ErrorKind;
use crate::net::Aws;

fn nowhere() -> String {
    "http://127.0.0.1:9".to_owned()
}

fn config(ask_first: &[&str]) -> ToolsConfig {
    ToolsConfig {
        hosted: vec![HostedKind::WebSearch, HostedKind::Mcp],
        ask_first: ask_first.iter().map(|&name| name.to_owned()).collect(),
        weather_url: nowhere(),
        geocoding_url: nowhere(),
        joke_url: nowhere(),
    }
}

/// Tools that reach nobody.
fn tools(ask_first: &[&str]) -> Tools {
    let table = StoreConfig { endpoint: Some(nowhere()), table: "none".to_owned(), log_days: 1 };
    Tools::new(&config(ask_first), Roots::Builtin, &Store::new(&table, &Arc::new(Aws::new(Roots::Builtin))))
}

pub(super) fn context(millis: i64) -> ToolContext {
    ToolContext { owner: UserId::parse("ada").unwrap(), session: None, now: Timestamp::from_millis(millis) }
}

async fn call(name: &str, arguments: Value) -> ToolOutcome {
    let call = ToolCall::new(CallId::from_provider("c"), name, arguments);
    tools(&[]).toolbox(&[]).call(&call, &context(0)).await
}

#[test]
fn what_a_provider_runs_is_offered_where_it_is_listed_and_once() {
    let tools = tools(&[]);
    let search = || HostedTool::WebSearch { user_location: None };
    let mcp = |label: &str| {
        let server = json!({ "type": "mcp", "server_label": label, "server_url": "https://dice.example" });
        serde_json::from_value::<HostedTool>(server).unwrap()
    };
    let code = |hosted: &[HostedTool]| tools.check_hosted(hosted).map_err(|error| error.code().to_string());
    assert_eq!(code(&[search(), mcp("a"), mcp("b")]), Ok(()));
    assert_eq!(code(&[search(), search()]), Err("invalid".to_owned()));
    assert_eq!(code(&[mcp("a"), mcp("a")]), Err("invalid".to_owned()));
    let files = HostedTool::FileSearch { vector_store_ids: vec!["vs_1".to_owned()] };
    assert_eq!(code(&[files]), Err("tool_not_offered".to_owned()));
}

fn spec(name: &str) -> ToolSpec {
    ToolSpec { name: name.to_owned(), description: String::new(), parameters: json!({ "type": "object" }) }
}

#[test]
fn a_name_that_no_tool_has_stops_the_start() {
    assert_eq!(tools(&[]).specs().iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>(), NAMES);
    let check = |names: &[&str]| super::check(&config(names)).map_err(|error| error.public().to_owned());
    assert_eq!(check(&NAMES), Ok(()));
    assert!(check(&["now", "get_whether"]).unwrap_err().starts_with("TOOLS_TO_APPROVE: "));
}

#[tokio::test]
async fn the_clock_tells_the_time() {
    assert_eq!(call("now", json!({})).await.content, "1970-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn an_unknown_tool_and_broken_arguments_are_outcomes_that_the_model_reads() {
    for (name, arguments, told) in [
        ("rm", json!({}), "There is no tool named rm."),
        ("now", json!("{\"zone\":"), "The arguments cannot be used: They are not a JSON object."),
        (
            "now",
            json!({ "zone": "CET" }),
            "The argument zone cannot be used: unknown field `zone`, there are no fields",
        ),
        ("get_weather", json!({}), "The arguments cannot be used: missing field `location`"),
        (
            "get_weather",
            json!({ "location": "a" }),
            "The argument location cannot be used: A place is 2 to 100 characters.",
        ),
        (
            "get_weather",
            json!({ "location": "Graz", "unit": "kelvin" }),
            "The argument unit cannot be used: unknown variant `kelvin`, expected one of ",
        ),
        (
            "search_history",
            json!({ "query": "offer", "limit": "all" }),
            "The argument limit cannot be used: invalid type: string \"all\", expected usize",
        ),
        ("search_history", json!({ "query": "offer", "limit": 21 }), "The argument limit cannot be used: limit is"),
        ("get_joke", json!({}), "The joke service cannot be reached."),
    ] {
        let outcome = call(name, arguments).await;
        assert!(outcome.is_error && outcome.content.starts_with(told), "{name}: {}", outcome.content);
    }
}

#[tokio::test]
async fn whoever_calls_a_tool_directly_hears_what_was_wrong_as_of_any_request() {
    for (name, arguments, kind, code) in [
        ("rm", json!({}), ErrorKind::NotFound, "tool_not_found"),
        ("now", json!([]), ErrorKind::Invalid, "invalid"),
        ("get_weather", json!({ "location": 7 }), ErrorKind::Invalid, "invalid"),
        ("get_joke", json!({}), ErrorKind::Upstream, "tool_failed"),
    ] {
        let error = tools(&["get_joke"]).call(name, &arguments, &context(0)).await.unwrap_err();
        assert_eq!((error.kind(), error.code().name()), (kind, code), "{name}");
    }
    let error = tools(&[]).call("get_weather", &json!({ "location": 7 }), &context(0)).await.unwrap_err();
    assert_eq!(error.faults()[0].field, "arguments.location");
    assert_eq!(tools(&["now"]).call("now", &json!({}), &context(0)).await.unwrap(), "1970-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_tool_refuses_what_its_schema_does_not_allow() {
    let tools = tools(&[]);
    for ToolSpec { name, parameters, .. } in tools.specs() {
        assert_eq!(parameters["additionalProperties"], false, "{name}");
        let required = parameters["required"].as_array().cloned().unwrap_or_default();
        let right: Value = required.iter().map(|field| (field.as_str().unwrap(), "text")).collect();
        let with = |field: &str, value: Value| {
            let mut arguments = right.clone();
            arguments[field] = value;
            arguments
        };
        let mut wrong = vec![("made_up", with("made_up", json!(true)))];
        for (field, property) in parameters["properties"].as_object().unwrap() {
            let another = if property["type"] == "string" { json!(1) } else { json!("1") };
            wrong.push((field, with(field, another)));
        }
        for field in required.iter().map(|field| field.as_str().unwrap()) {
            let mut arguments = right.clone();
            arguments.as_object_mut().unwrap().remove(field);
            wrong.push((field, arguments));
        }
        for (field, arguments) in wrong {
            let error = tools.call(&name, &arguments, &context(0)).await.unwrap_err();
            let told = format!("{} {}", error.faults()[0].field, error.public());
            assert!(error.kind() == ErrorKind::Invalid && told.contains(field), "{name} {arguments}: {told}");
        }
    }
}

#[test]
fn a_client_brings_tools_and_each_has_a_name() {
    let tools = tools(&[]);
    assert!(tools.check_clients(&[spec("open_file"), spec("run_test")]).is_ok());
    let many: Vec<_> = (0..65).map(|number| spec(&format!("t{number}"))).collect();
    let large = ToolSpec { description: "x".repeat(70_000), ..spec("large") };
    let odd = ToolSpec { parameters: json!([]), ..spec("odd") };
    for wrong in [vec![spec("a"), spec("a")], vec![spec("a b")], vec![odd], vec![large], many] {
        assert!(tools.check_clients(&wrong).is_err(), "{:?} passed", wrong[0].name);
    }
}

#[test]
fn a_clients_tool_stands_in_the_place_of_ours() {
    let tools = tools(&["now"]);
    assert!(tools.check_clients(&[spec("now")]).is_ok());
    let toolbox = tools.toolbox(&[spec("now")]);
    assert_eq!(toolbox.specs().iter().filter(|offered| offered.name == "now").count(), 1);
    assert_eq!(toolbox.fate("now"), CallRoute::Client);
}

#[test]
fn a_call_runs_or_asks_or_is_the_clients() {
    let toolbox = tools(&["now"]).toolbox(&[spec("open_file")]);
    let fates = ["now", "open_file", "unknown"].map(|name| toolbox.fate(name));
    assert_eq!(fates, [CallRoute::Asks, CallRoute::Client, CallRoute::Runs]);
}
