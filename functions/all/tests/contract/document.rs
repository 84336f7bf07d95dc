//! The document and the code say the same.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::app::App;
use shared::config::Config;
use shared::testing::{Actor, Script, World};

use crate::places::{Routes, entries, read};

fn document() -> Value {
    all::contract::document()
}

/// What `make openapi` writes.
pub(crate) const COMMITTED: &str = "functions/health/openapi.json";

/// The document with its examples.
fn committed() -> Value {
    serde_json::from_str(&read(COMMITTED)).expect("JSON")
}

/// Each operation with its path and method.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let of_path = |(path, methods): (&String, &Value)| {
        let one = |(method, operation): (&String, &Value)| (path.clone(), method.clone(), operation.clone());
        entries(methods).map(one).collect::<Vec<_>>()
    };
    entries(&document["paths"]).flat_map(of_path).collect()
}

/// Each operation with its route, `GET /turns/{turn}`.
fn routes(document: &Value) -> Vec<(String, Value)> {
    let named =
        |(path, method, operation): (String, String, Value)| (format!("{} {path}", method.to_uppercase()), operation);
    operations(document).into_iter().map(named).collect()
}

/// A method that nobody serves is refused with those that are.
#[tokio::test]
async fn the_contract_has_exactly_the_routes_that_are_served() {
    let world = World::with(Script::new()).await;
    let process = world.start_with(&[("PASSWORD_SIGN_IN", "on")]).await;
    let nobody = Actor::new(&process.url, "");
    let document = document();
    let mut served = Routes::new();
    for (path, _) in entries(&document["paths"]) {
        let reply = nobody.request_without_token("PROBE".parse().unwrap(), path).send().await.unwrap();
        let allowed = reply.headers().get("allow").and_then(|methods| methods.to_str().ok()).unwrap_or_default();
        let methods = allowed.split(',').filter(|method| !["", "HEAD"].contains(method));
        served.extend(methods.map(|method| format!("{method} {path}")));
    }
    let told: Routes = routes(&document).into_iter().map(|(route, _)| route).collect();
    assert!(served == told, "on one side only: {:?}", &served ^ &told);
}

/// What no contract tells is unseen by every test that goes through the routes.
#[test]
fn no_path_is_served_that_the_contract_does_not_tell() {
    let settings = [("K_SERVICE", "counsel"), ("TOKEN_KEY", "aws:key"), ("PASSWORD_SIGN_IN", "on")];
    let config = Config::from_vars(settings).unwrap();
    let router = format!("{:?}", all::router(App::new(config).unwrap()));
    let (router, _) = router.split_once("fallback_router").expect("how axum shows a router");
    let paths = router.split(": \"/").skip(1).map(|rest| rest.split('"').next().expect("its end"));
    let served: BTreeSet<_> = paths.map(|path| format!("/{}", path.replace("{*", "{"))).collect();
    let told: BTreeSet<_> = entries(&document()["paths"]).map(|(path, _)| path.clone()).collect();
    assert!(served == told, "on one side only: {:?}", &served ^ &told);
}

#[test]
fn operations_are_named_once_and_links_lead_somewhere() {
    let document = document();
    let all = routes(&document);
    let names: BTreeSet<_> = all.iter().map(|(_, told)| told["operationId"].as_str().expect("a name")).collect();
    assert_eq!(names.len(), all.len(), "two operations have one name");
    for (route, told) in &all {
        for (status, reply) in entries(&told["responses"]) {
            for (_, link) in reply["links"].as_object().into_iter().flatten() {
                let to = link["operationId"].as_str().expect("a name");
                assert!(names.contains(to), "{route} {status} leads to {to}, which is not there");
            }
        }
    }
}

#[test]
fn no_reference_leads_nowhere() {
    let document = document();
    let text = document.to_string();
    let references = text.split(r##""$ref":"#"##).skip(1).map(|rest| rest.split('"').next().expect("a pointer"));
    let all: BTreeSet<_> = references.collect();
    assert!(all.len() > 40, "{all:?}");
    let lost: Vec<_> = all.into_iter().filter(|pointer| document.pointer(pointer).is_none()).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// 401 where somebody is asked for, and nowhere else without a word.
#[test]
fn who_is_asked_who_they_are_may_be_refused() {
    for (route, told) in routes(&document()) {
        let is_asked = told["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
        assert!(!is_asked || told["responses"]["401"].is_object(), "{route}");
        assert!(told["responses"]["5XX"].is_object(), "{route}");
    }
}

/// Theirs know 400 only.
#[test]
fn sdks_are_told_of_no_status_that_they_do_not_know() {
    let sdks = routes(&document()).into_iter().filter(|(route, _)| route.contains(" /v1/")).collect::<Vec<_>>();
    assert!(sdks.len() > 5, "{sdks:?}");
    for (route, told) in sdks {
        assert!(told["responses"]["422"].is_null(), "{route}");
    }
}

/// What the field's references begin with.
const VERBS: [&str; 27] = [
    "Approve", "Ask", "Call", "Cancel", "Check", "Complete", "Count", "Create", "Delete", "Download", "Exchange",
    "Export", "Get", "List", "Read", "Refresh", "Register", "Rename", "Resume", "Revoke", "Send", "Sign", "Stop",
    "Stream", "Submit", "Update", "Upload",
];

#[test]
fn a_summary_says_in_the_imperative_what_an_operation_does() {
    for (route, told) in routes(&document()) {
        let summary = told["summary"].as_str().expect("a summary");
        let verb = summary.split(' ').next().unwrap_or_default();
        assert!(VERBS.contains(&verb) && !summary.ends_with('.'), "{route}: {summary}");
    }
}

#[test]
fn every_parameter_is_described() {
    for (route, told) in routes(&document()) {
        for param in told["parameters"].as_array().into_iter().flatten() {
            let about = param["description"].as_str().unwrap_or_default();
            assert!(about.ends_with('.'), "{route}: {}", param["name"]);
        }
    }
}

/// The examples themselves are recorded: `examples.rs`.
#[test]
fn every_operation_has_an_example_and_its_reply() {
    for (route, told) in routes(&committed()) {
        let is_shown = |content: &Value| content["example"] != Value::Null || content["examples"].is_object();
        let bodies = entries(&told["requestBody"]["content"]).find(|(kind, _)| *kind == "application/json");
        assert!(bodies.is_none_or(|(_, content)| is_shown(content)), "{route} takes a body and shows none");
        let mut replies = entries(&told["responses"]).filter(|(status, _)| status.starts_with(['2', '3']));
        let shows = |(_, reply): (&String, &Value)| {
            reply["content"].is_null() || entries(&reply["content"]).any(|(_, content)| is_shown(content))
        };
        assert!(replies.any(shows), "{route} shows no reply: run `make openapi`");
    }
}
