//! One name, four places: a folder under functions/, a resource in template.yaml, a folder under events/, and a
//! merge line in functions/all. These tests hold the four together.

#[path = "deploy/cloud_run.rs"]
mod cloud_run;
#[path = "deploy/places.rs"]
mod places;
#[path = "deploy/watched.rs"]
mod watched;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::testing::{Script, World};

use places::{
    Routes, entries, events, functions, grants, preflight_of, properties, read, requests, resource_name, route_of,
    routes_in_the_code, routes_in_the_template, sources, template, text,
};

/// The `DynamoDB` calls each function makes on the table.
const CALLS: [(&str, &[&str]); 14] = [
    ("account", &SMALL_ITEMS),
    ("callback", &SMALL_ITEMS),
    ("consult", &ALL_ITEMS),
    ("erase", &ALL_ITEMS),
    // The proof of a request, and everything of its user.
    ("export", &["GetItem", "UpdateItem", "Query", "DeleteItem"]),
    // The proof of a request, a file and its session.
    ("files", &["GetItem", "UpdateItem", "DeleteItem"]),
    ("health", &["DescribeTable"]),
    ("history", &ALL_ITEMS),
    ("login", &["PutItem"]),
    ("models", &SMALL_ITEMS),
    ("sessions", &ALL_ITEMS),
    // The proof of a request, and a search in what its user has said.
    ("tools", &["GetItem", "UpdateItem", "Query", "DeleteItem"]),
    ("turns", &ALL_ITEMS),
    ("usage", &SMALL_ITEMS),
];

/// Logins, keys and tickets are put, read, changed, listed and taken.
const SMALL_ITEMS: [&str; 5] = ["GetItem", "PutItem", "UpdateItem", "Query", "DeleteItem"];

/// Whoever meets a turn whose writer died closes it, so a reader writes as well. The proof that a request brings asks
/// for no more: a key is read, a ticket taken, a browser's login read and prolonged, or ended when it was copied.
const ALL_ITEMS: [&str; 6] = ["GetItem", "PutItem", "UpdateItem", "Query", "DeleteItem", "BatchWriteItem"];

/// The rest of what a function may do.
const BESIDES_THE_TABLE: [(&str, &str); 42] = [
    ("account", TOKEN_KEY),
    ("account", TRUSTED),
    ("callback", TOKEN_KEY),
    ("callback", "secretsmanager:GetSecretValue on GoogleClientSecretArn if HasGoogleSecret"),
    ("callback", "secretsmanager:GetSecretValue on OidcSecretArns if HasOidcSecrets"),
    ("consult", TOKEN_KEY),
    ("consult", TRUSTED),
    ("consult", "secretsmanager:GetSecretValue on OpenAiKeySecretArn if HasOpenAiKey"),
    ("consult", "secretsmanager:GetSecretValue on AnthropicKeySecretArn if HasAnthropicKey"),
    ("consult", "secretsmanager:GetSecretValue on GeminiKeySecretArn if HasGeminiKey"),
    ("consult", "secretsmanager:GetSecretValue on GroqKeySecretArn if HasGroqKey"),
    ("consult", "secretsmanager:GetSecretValue on TogetherKeySecretArn if HasTogetherKey"),
    ("consult", "secretsmanager:GetSecretValue on DeepSeekKeySecretArn if HasDeepSeekKey"),
    ("consult", "secretsmanager:GetSecretValue on MistralKeySecretArn if HasMistralKey"),
    ("consult", "secretsmanager:GetSecretValue on OpenRouterKeySecretArn if HasOpenRouterKey"),
    ("consult", "secretsmanager:GetSecretValue on CompatibleKeySecretArn if HasCompatibleKey"),
    (
        "consult",
        "bedrock:InvokeModelWithResponseStream on arn:${AWS::Partition}:bedrock:*::foundation-model/* if UsesBedrock",
    ),
    (
        "consult",
        "bedrock:InvokeModelWithResponseStream on arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}:inference-profile/* if UsesBedrock",
    ),
    ("consult", BY_ACTIVITY),
    ("erase", TOKEN_KEY),
    ("erase", TRUSTED),
    ("erase", BY_ACTIVITY),
    ("export", TOKEN_KEY),
    ("export", TRUSTED),
    ("files", TOKEN_KEY),
    ("files", TRUSTED),
    ("files", "secretsmanager:GetSecretValue on OpenAiKeySecretArn if HasOpenAiKey"),
    ("history", TOKEN_KEY),
    ("history", TRUSTED),
    ("models", TOKEN_KEY),
    ("models", TRUSTED),
    ("sessions", TOKEN_KEY),
    ("sessions", TRUSTED),
    ("sessions", BY_ACTIVITY),
    ("tools", TOKEN_KEY),
    ("tools", TRUSTED),
    ("tools", BY_ACTIVITY),
    ("turns", TOKEN_KEY),
    ("turns", TRUSTED),
    ("usage", TOKEN_KEY),
    ("usage", TRUSTED),
    ("usage", BY_ACTIVITY),
];

const BY_ACTIVITY: &str = "dynamodb:Query on ${Table.Arn}/index/by_activity or of the restored";
const TOKEN_KEY: &str = "secretsmanager:GetSecretValue on TokenKeySecretArn";
/// What a foreign token may be signed with.
const TRUSTED: &str = "secretsmanager:GetSecretValue on TrustedSecretArns if HasTrustedSecrets";

#[test]
fn every_function_has_a_resource_of_its_name_and_no_resource_lacks_its_function() {
    let template = template();
    let resources: BTreeSet<_> = entries(&template["Resources"])
        .filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function")
        .map(|(name, resource)| format!("{name} builds {}", text(&resource["Metadata"]["BuildProperties"]["Binary"])))
        .collect();
    let expected = functions().iter().map(|f| format!("{} builds {f}", resource_name(f))).collect();
    assert_eq!(resources, expected);
}

#[test]
fn the_gateway_sends_each_function_exactly_the_routes_its_router_serves() {
    let template = template();
    let mut answered = Routes::new();
    for function in functions() {
        let mut expected = routes_in_the_code(&function);
        let preflights: Routes = expected.iter().map(|route| preflight_of(route)).collect();
        // Where two functions share a path, the first of them answers for both.
        expected.extend(preflights.difference(&answered).cloned());
        answered.extend(preflights);
        assert_eq!(routes_in_the_template(&template, &function), expected, "{function}");
    }
}

#[test]
fn every_route_has_a_recorded_event_and_no_event_goes_nowhere() {
    for function in functions() {
        let routes = routes_in_the_code(&function);
        let recorded: Routes = requests(&function).iter().map(|(_, event)| route_of(event)).collect();
        assert_eq!(routes.difference(&recorded).count(), 0, "{function} lacks an event for one of {routes:?}");
        let served = |route: &str| routes.contains(route) || routes.iter().any(|r| preflight_of(r) == route);
        assert!(recorded.iter().all(|route| served(route)), "{function} has an event beside {routes:?}");
    }
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

#[test]
fn the_one_process_serves_every_function() {
    let merged = read("functions/all/src/lib.rs");
    for function in functions() {
        assert!(merged.contains(&format!("{}::router", function.replace('-', "_"))), "{function} is not merged");
    }
}

#[test]
fn a_function_may_do_exactly_what_it_does() {
    let template = template();
    for function in functions() {
        let on_the_table = CALLS.iter().filter(|(f, _)| *f == function).flat_map(|(_, calls)| *calls);
        let mut expected: BTreeSet<_> =
            on_the_table.map(|call| format!("dynamodb:{call} on Table.Arn or of the restored")).collect();
        expected.extend(BESIDES_THE_TABLE.iter().filter(|(f, _)| *f == function).map(|(_, grant)| (*grant).to_owned()));
        assert_eq!(grants(&template, &function), expected, "{function}");
    }
}

/// Who asks for a `Caller` checks tokens; who does not has no business with keys. The callback makes tokens.
#[test]
fn the_keys_of_tokens_are_for_those_who_check_or_make_them() {
    let template = template();
    for function in functions() {
        let checks = sources(&function).contains("Caller");
        let granted = grants(&template, &function);
        assert_eq!(granted.contains(TOKEN_KEY), checks || function == "callback", "{function}");
        assert_eq!(granted.contains(TRUSTED), checks, "{function}");
    }
}

/// A misspelt variable is one that is not set.
#[test]
fn every_variable_that_the_template_sets_is_one_that_we_know() {
    let (template, known) = (template(), read(".env.example"));
    let globals = &template["Globals"]["Function"];
    let own = functions();
    let places = own.iter().map(|function| properties(&template, function)).chain([globals]);
    let set: BTreeSet<_> =
        places.flat_map(|place| entries(&place["Environment"]["Variables"])).map(|(n, _)| n).collect();
    assert!(set.len() > 10, "{set:?}");
    for name in set.into_iter().filter(|name| !name.starts_with("AWS_LAMBDA_")) {
        assert!(known.lines().any(|line| line.starts_with(&format!("{name}="))), "{name}");
    }
}

/// `sam build` builds a binary of the workspace's usual members, with the features that those ask for.
#[test]
fn a_function_is_built_as_if_there_were_functions_only() {
    let manifest = read("Cargo.toml");
    let (_, members) = manifest.split_once("default-members = [").expect("the usual members");
    let (members, _) = members.split_once(']').expect("their end");
    let members: Vec<_> = members.split('"').filter_map(|text| text.strip_prefix("functions/")).collect();
    assert_eq!(members, functions());
}

/// cargo-lambda aborts on a panic unless the profile says otherwise: a turn that panics would lose its ending.
#[test]
fn a_panic_ends_a_turn_and_not_its_process() {
    let manifest = read("Cargo.toml");
    let (_, release) = manifest.split_once("[profile.release]").expect("how releases are built");
    assert!(release.lines().any(|line| line == "panic = \"unwind\""), "{release}");
}

/// A vendor whose key nobody can set on AWS cannot be asked there.
#[test]
fn every_key_of_a_vendor_can_be_given_on_aws() {
    let (template, known) = (template(), read(".env.example"));
    let consult = properties(&template, "consult");
    let keys = known.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let missing: Vec<_> = keys
        .filter(|name| name.ends_with("_API_KEY"))
        .filter(|name| consult["Environment"]["Variables"][name].is_null())
        .collect();
    // Servers of one's own: any of them is a "compatible" one, too.
    assert_eq!(missing, ["OLLAMA_API_KEY", "VLLM_API_KEY"]);
}

/// SAM takes a misspelt transfer mode for a buffered one, without a word.
#[test]
fn the_gateway_streams_what_a_binary_streams_and_waits_as_long_as_it_runs() {
    let template = template();
    for function in functions() {
        let streams = read(&format!("functions/{function}/src/main.rs")).contains("ResponseMode::Streamed");
        let properties = properties(&template, &function);
        for (name, event) in entries(&properties["Events"]).filter(|(_, event)| event["Type"] == "Api") {
            let mode = streams.then_some("RESPONSE_STREAM");
            assert_eq!(event["Properties"]["ResponseTransferMode"].as_str(), mode, "{function}: {name}");
            let seconds = event["Properties"]["TimeoutInMillis"].as_u64().map(|millis| millis / 1000);
            assert_eq!(seconds, properties["Timeout"].as_u64(), "{function}: {name}");
        }
    }
}

/// What a schedule sends is what is recorded, and only the router on Lambda answers it: no client gets there. What has
/// failed for good is kept, and somebody is told.
#[test]
fn a_clock_asks_for_what_is_recorded_and_its_failures_are_kept() {
    let template = template();
    for function in functions() {
        let properties = properties(&template, &function);
        let sent = entries(&properties["Events"]).filter(|(_, event)| event["Type"] == "Schedule");
        let sent: Vec<Value> =
            sent.map(|(_, e)| serde_json::from_str(&text(&e["Properties"]["Input"])).unwrap()).collect();
        let recorded: Vec<Value> =
            events(&function).into_iter().map(|(_, event)| event).filter(|event| event["clock"].is_string()).collect();
        assert_eq!(sent, recorded, "{function}");
        for event in sent {
            let path = text(&event["clock"]);
            assert!(sources(&function).contains(&format!(".route(\"{path}\"")), "{function} does not answer {path}");
            assert!(!routes_in_the_template(&template, &function).iter().any(|route| route.ends_with(&path)));
            let queue = text(&properties["DeadLetterQueue"]["TargetArn"]).replace(".Arn", "");
            let told = entries(&template["Resources"]).any(|(_, resource)| {
                resource["Properties"]["Dimensions"]
                    == json!([{ "Name": "QueueName", "Value": format!("{queue}.QueueName") }])
            });
            assert!(told && template["Resources"][&queue]["Type"] == "AWS::SQS::Queue", "{function}: {queue}");
        }
    }
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

/// AWS makes the table from the template, a laptop from the code: a key or an index in one of them only would be
/// found out in production.
#[tokio::test]
async fn the_template_makes_the_table_that_the_code_makes() {
    let world = World::with(Script::new()).await;
    let code = world.dynamodb("DescribeTable", &json!({ "TableName": "counsel" })).await["Table"].clone();
    let ttl = world.dynamodb("DescribeTimeToLive", &json!({ "TableName": "counsel" })).await;
    let template = template()["Resources"]["Table"]["Properties"].clone();

    for name in ["KeySchema", "AttributeDefinitions"] {
        assert_eq!(template[name], code[name], "{name}");
    }
    let indexes = |table: &Value| {
        let index = |index: &Value| ["IndexName", "KeySchema", "Projection"].map(|name| index[name].clone());
        table["LocalSecondaryIndexes"].as_array().expect("indexes").iter().map(index).collect::<Vec<_>>()
    };
    assert_eq!(indexes(&template), indexes(&code));
    assert_eq!(template["BillingMode"], code["BillingModeSummary"]["BillingMode"]);
    assert_eq!(template["TimeToLiveSpecification"]["AttributeName"], ttl["TimeToLiveDescription"]["AttributeName"]);
}
