//! One name, four places: a folder under functions/, a resource in template.yaml, a folder under events/, and a
//! merge line in functions/all. These tests hold the four together.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The DynamoDB calls each function makes on the table.
const CALLS: [(&str, &[&str]); 6] = [
    ("account", &[]),
    (
        "consult",
        &["GetItem", "PutItem", "UpdateItem", "Query", "DeleteItem"],
    ),
    ("health", &["DescribeTable"]),
    (
        "history",
        &[
            "GetItem",
            "PutItem",
            "UpdateItem",
            "Query",
            "DeleteItem",
            "BatchWriteItem",
        ],
    ),
    (
        "sessions",
        &[
            "GetItem",
            "PutItem",
            "UpdateItem",
            "Query",
            "DeleteItem",
            "BatchWriteItem",
        ],
    ),
    (
        "turns",
        &["GetItem", "PutItem", "UpdateItem", "Query", "DeleteItem"],
    ),
];

/// The rest of what a function may do. Nothing but these two kinds is ever granted.
const BESIDES_THE_TABLE: [(&str, &str); 7] = [
    (
        "account",
        "secretsmanager:GetSecretValue on TokenKeySecretArn",
    ),
    (
        "consult",
        "secretsmanager:GetSecretValue on OpenAiKeySecretArn",
    ),
    (
        "consult",
        "secretsmanager:GetSecretValue on TokenKeySecretArn",
    ),
    (
        "history",
        "secretsmanager:GetSecretValue on TokenKeySecretArn",
    ),
    (
        "sessions",
        "dynamodb:Query on ${Table.Arn}/index/by_activity",
    ),
    (
        "sessions",
        "secretsmanager:GetSecretValue on TokenKeySecretArn",
    ),
    (
        "turns",
        "secretsmanager:GetSecretValue on TokenKeySecretArn",
    ),
];

/// A method and a path, `GET /turns/{turn}`.
type Routes = BTreeSet<String>;

#[test]
fn every_function_has_a_resource_of_its_name_and_no_resource_lacks_its_function() {
    let template = template();
    let resources: BTreeSet<_> = entries(&template["Resources"])
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(name, resource)| {
            format!(
                "{name} builds {}",
                text(&resource["Metadata"]["BuildProperties"]["Binary"])
            )
        })
        .collect();
    let expected = functions()
        .iter()
        .map(|f| format!("{} builds {f}", resource_name(f)))
        .collect();
    assert_eq!(resources, expected);
}

#[test]
fn the_gateway_sends_each_function_exactly_the_routes_its_router_serves() {
    let template = template();
    for function in functions() {
        let mut expected = routes_in_the_code(&function);
        let preflights: Routes = expected.iter().map(|route| preflight_of(route)).collect();
        expected.extend(preflights);
        assert_eq!(
            routes_in_the_template(&template, &function),
            expected,
            "{function}"
        );
    }
}

#[test]
fn every_route_has_a_recorded_event_and_no_event_goes_nowhere() {
    for function in functions() {
        let routes = routes_in_the_code(&function);
        let recorded: Routes = events(&function)
            .iter()
            .map(|(_, event)| route_of(event))
            .collect();
        assert_eq!(
            routes.difference(&recorded).count(),
            0,
            "{function} lacks an event for one of {routes:?}"
        );
        let served =
            |route: &str| routes.contains(route) || routes.iter().any(|r| preflight_of(r) == route);
        assert!(
            recorded.iter().all(|route| served(route)),
            "{function} has an event beside {routes:?}"
        );
    }
}

#[test]
fn a_recorded_event_is_one_the_gateway_could_have_sent() {
    for (name, event) in functions().iter().flat_map(|function| events(function)) {
        let (path, context) = (text(&event["path"]), &event["requestContext"]);
        assert_eq!(
            context["path"],
            format!("/{}{path}", text(&context["stage"])),
            "{name}: the stage"
        );
        let filled = entries(&event["pathParameters"])
            .fold(text(&event["resource"]), |path, (key, value)| {
                path.replace(&format!("{{{key}}}"), &text(value))
            });
        assert_eq!(path, filled, "{name}: the path parameters");
        for (header, value) in entries(&event["headers"]) {
            assert_eq!(
                event["multiValueHeaders"][header],
                Value::from(vec![value.clone()]),
                "{name}: {header}"
            );
        }
    }
}

#[test]
fn the_one_process_serves_every_function() {
    let merged = read("functions/all/src/lib.rs");
    for function in functions() {
        assert!(
            merged.contains(&format!("{}::router", function.replace('-', "_"))),
            "{function} is not merged"
        );
    }
}

#[test]
fn a_function_may_do_exactly_what_it_does() {
    let template = template();
    for function in functions() {
        let on_the_table = CALLS
            .iter()
            .filter(|(f, _)| *f == function)
            .flat_map(|(_, calls)| *calls);
        let mut expected: BTreeSet<_> = on_the_table
            .map(|call| format!("dynamodb:{call} on Table.Arn"))
            .collect();
        expected.extend(
            BESIDES_THE_TABLE
                .iter()
                .filter(|(f, _)| *f == function)
                .map(|(_, grant)| (*grant).to_owned()),
        );
        assert_eq!(grants(&template, &function), expected, "{function}");
    }
}

/// SAM takes a misspelt transfer mode for «buffered», and a streamed answer in a buffered reply is garbage.
#[test]
fn the_gateway_streams_what_a_binary_streams_and_waits_as_long_as_it_runs() {
    let template = template();
    for function in functions() {
        let streams =
            read(&format!("functions/{function}/src/main.rs")).contains("ResponseMode::Streamed");
        let properties = properties(&template, &function);
        for (name, event) in entries(&properties["Events"]) {
            let mode = streams.then_some("RESPONSE_STREAM");
            assert_eq!(
                event["Properties"]["ResponseTransferMode"].as_str(),
                mode,
                "{function}: {name}"
            );
            let seconds = event["Properties"]["TimeoutInMillis"]
                .as_u64()
                .map(|millis| millis / 1000);
            assert_eq!(
                seconds,
                properties["Timeout"].as_u64(),
                "{function}: {name}"
            );
        }
    }
}

#[test]
fn what_the_gateway_says_by_itself_looks_like_what_we_say() {
    let template = template();
    let responses = &template["Resources"]["Api"]["Properties"]["GatewayResponses"];
    for (name, response) in entries(responses) {
        let body: Value =
            serde_json::from_str(&text(&response["ResponseTemplates"]["application/json"]))
                .unwrap();
        let members: Vec<_> = entries(&body).map(|(key, _)| key.as_str()).collect();
        assert_eq!(
            members,
            ["code", "detail", "request_id", "status", "title", "type"],
            "{name}"
        );
        assert_eq!(body["status"], response["StatusCode"], "{name}");
        assert_eq!(body["request_id"], "$context.requestId", "{name}");
        let headers = &response["ResponseParameters"]["Headers"];
        assert_eq!(
            headers["Content-Type"], "'application/problem+json'",
            "{name}"
        );
        assert_eq!(headers["Access-Control-Allow-Origin"], "'*'", "{name}");
        assert_eq!(headers["X-Request-Id"], "context.requestId", "{name}");
    }
    for fallback in ["DEFAULT_4XX", "DEFAULT_5XX"] {
        assert!(responses[fallback].is_object(), "{fallback}");
    }
}

// What the four places say.

/// `all` is every router in one process; it never becomes a Lambda function.
fn functions() -> Vec<String> {
    let folders = fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap());
    let mut names: Vec<_> = folders
        .map(|folder| folder.file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name != "all" && !name.starts_with('.'));
    names.sort();
    names
}

/// The short tags (`!Ref Table`) are dropped: `"Table"` is what the tests compare.
fn template() -> Value {
    serde_saphyr::from_str(&read("template.yaml")).unwrap()
}

/// `on-document-added` -> `OnDocumentAddedFunction`.
fn resource_name(function: &str) -> String {
    let capitalised = |word: &str| word[..1].to_uppercase() + &word[1..];
    function.split('-').map(capitalised).collect::<String>() + "Function"
}

fn properties<'t>(template: &'t Value, function: &str) -> &'t Value {
    &template["Resources"][resource_name(function)]["Properties"]
}

fn routes_in_the_template(template: &Value, function: &str) -> Routes {
    let events =
        entries(&properties(template, function)["Events"]).map(|(_, event)| &event["Properties"]);
    events
        .map(|event| {
            format!(
                "{} {}",
                text(&event["Method"]).to_uppercase(),
                text(&event["Path"])
            )
        })
        .collect()
}

/// Reads the `.route("/path", get(read).delete(remove))` calls of a router.
fn routes_in_the_code(function: &str) -> Routes {
    let source = read(&format!("functions/{function}/src/lib.rs"));
    let mut routes = Routes::new();
    for call in source.split(".route(").skip(1).map(arguments) {
        let path = call.split('"').nth(1).expect("a path is a literal");
        let verbs = ["get(", "post(", "put(", "patch(", "delete("]
            .into_iter()
            .filter(|verb| names(call, verb));
        routes.extend(
            verbs.map(|verb| format!("{} {path}", verb.trim_end_matches('(').to_uppercase())),
        );
    }
    routes
}

/// The text up to the parenthesis that closes the call.
fn arguments(source: &str) -> &str {
    let mut open = 1;
    let end = source.find(|c| {
        open += i32::from(c == '(') - i32::from(c == ')');
        open == 0
    });
    &source[..end.expect("a call is closed")]
}

/// Whether `verb` stands in the call as a word of its own, so that `get(` is not found in `forget(`.
fn names(call: &str, verb: &str) -> bool {
    let before = call
        .match_indices(verb)
        .map(|(at, _)| call[..at].chars().next_back());
    before
        .into_iter()
        .any(|c| !c.is_some_and(|c| c.is_alphanumeric() || c == '_'))
}

fn preflight_of(route: &str) -> String {
    let (_, path) = route.split_once(' ').unwrap();
    format!("OPTIONS {path}")
}

fn events(function: &str) -> Vec<(String, Value)> {
    let files = fs::read_dir(root().join("events").join(function)).expect("a folder of events");
    let named = files.map(|file| file.unwrap().path()).map(|path| {
        let event =
            serde_json::from_str(&fs::read_to_string(&path).unwrap()).expect("an event is JSON");
        (path.display().to_string(), event)
    });
    named.collect()
}

fn route_of(event: &Value) -> String {
    format!(
        "{} {}",
        text(&event["httpMethod"]),
        text(&event["resource"])
    )
}

/// `dynamodb:GetItem on Table.Arn`, one for each action and resource.
fn grants(template: &Value, function: &str) -> BTreeSet<String> {
    let policies = list(&properties(template, function)["Policies"]);
    let statements = policies
        .iter()
        .flat_map(|policy| list(&policy["Statement"]));
    let pairs = statements.flat_map(|statement| {
        assert_eq!(statement["Effect"], "Allow");
        let (actions, resources) = (list(&statement["Action"]), list(&statement["Resource"]));
        actions.into_iter().flat_map(move |action| {
            let grant = move |resource: &Value| format!("{} on {}", text(&action), text(resource));
            resources.iter().map(grant).collect::<Vec<_>>()
        })
    });
    pairs.collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

/// CloudFormation lets a list of one be written without brackets.
fn list(value: &Value) -> Vec<Value> {
    value
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![value.clone()])
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
