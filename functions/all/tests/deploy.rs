//! One name, four places: a folder under functions/, a resource in template.yaml, a folder under events/, and a
//! word in functions/all. These tests hold the four together.

#[path = "deploy/callers.rs"]
mod callers;
#[path = "deploy/cloud_run.rs"]
mod cloud_run;
#[path = "deploy/gateway.rs"]
mod gateway;
#[path = "deploy/new_function.rs"]
mod new_function;
#[path = "deploy/places.rs"]
mod places;
#[path = "deploy/watched.rs"]
mod watched;

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};
use shared::testing::{Script, World};

use places::{
    calls_on_the_table, entries, events, functions, grants, list, properties, read, resource_name, root, sources,
    template, text,
};

/// What a function may do beside the items of the table (played events tell which: tests/lambda/recorded.rs) and the
/// keys of tokens. Most need nothing else.
const SPECIAL: [(&str, &str); 11] = [
    ("callback", "secretsmanager:GetSecretValue on GoogleClientSecretArn if HasGoogleSecret"),
    ("callback", "secretsmanager:GetSecretValue on OidcSecretArns if HasOidcSecrets"),
    ("consult", "secretsmanager:GetSecretValue on ModelKeys if HasModelKeys"),
    (
        "consult",
        "bedrock:InvokeModelWithResponseStream on arn:${AWS::Partition}:bedrock:*::foundation-model/* if UsesBedrock",
    ),
    (
        "consult",
        "bedrock:InvokeModelWithResponseStream on arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}:inference-profile/* if UsesBedrock",
    ),
    ("consult", BY_ACTIVITY),
    ("erase", BY_ACTIVITY),
    ("files", KEY_OF_OPENAI),
    ("sessions", BY_ACTIVITY),
    ("tools", BY_ACTIVITY),
    ("usage", BY_ACTIVITY),
];

const BY_ACTIVITY: &str = "dynamodb:Query on ${Table.Arn}/index/by_activity or of the restored";
/// Its files are fetched with it.
const KEY_OF_OPENAI: &str = "secretsmanager:GetSecretValue on ModelKeys if HasModelKeys where ArnLike \
                             secretsmanager:SecretId arn:${AWS::Partition}:secretsmanager:*:*:secret:*openai-??????";
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
fn the_one_process_serves_every_function() {
    let served: BTreeSet<_> = all::contracts().into_iter().map(|(name, _)| name.replace('_', "-")).collect();
    assert_eq!(served, functions().into_iter().collect());
}

#[test]
fn a_function_may_do_nothing_special_that_is_not_known_of_it() {
    let template = template();
    for function in functions() {
        let items = calls_on_the_table(&template, &function);
        let is_usual = |grant: &String| {
            let call = grant.strip_prefix("dynamodb:").and_then(|rest| rest.split(' ').next());
            [TOKEN_KEY, TRUSTED].contains(&grant.as_str())
                || call.is_some_and(|call| items.contains(call) && grant != BY_ACTIVITY)
        };
        let special: BTreeSet<_> = grants(&template, &function).into_iter().filter(|grant| !is_usual(grant)).collect();
        let known = SPECIAL.iter().filter(|(known, _)| *known == function).map(|(_, grant)| (*grant).to_owned());
        assert_eq!(special, known.collect(), "{function}");
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
    let mut command = Command::new(env!("CARGO"));
    let told = command.args(["metadata", "--no-deps", "--offline", "--format-version=1"]).current_dir(root()).output();
    let told: Value = serde_json::from_slice(&told.expect("cargo runs").stdout).expect("JSON");
    let name = |member: &Value| {
        told["packages"].as_array()?.iter().find(|known| known["id"] == *member).map(|p| text(&p["name"]))
    };
    let members: BTreeSet<_> = list(&told["workspace_default_members"]).iter().filter_map(name).collect();
    assert_eq!(members, functions().into_iter().collect());
}

/// cargo-lambda aborts on a panic unless the profile says otherwise: a turn that panics would lose its ending.
#[test]
fn a_panic_ends_a_turn_and_not_its_process() {
    let manifest = read("Cargo.toml");
    let (_, release) = manifest.split_once("[profile.release]").expect("how releases are built");
    assert!(release.lines().any(|line| line == "panic = \"unwind\""), "{release}");
}

/// The pattern is one of names: see `config/model_keys.rs`.
#[test]
fn of_all_keys_of_vendors_files_may_read_the_one_of_openai() {
    let (known, (_, pattern)) = (read(".env.example"), KEY_OF_OPENAI.rsplit_once('*').expect("a pattern"));
    let matches = |name: &str| {
        let end = &name[name.len().saturating_sub(pattern.len())..];
        end.len() == pattern.len() && end.chars().zip(pattern.chars()).all(|(is, wanted)| wanted == '?' || is == wanted)
    };
    let vendors =
        known.lines().filter_map(|line| line.split_once("_API_KEY=")).map(|(vendor, _)| vendor.to_lowercase());
    let read: Vec<_> = vendors.filter(|vendor| matches(&format!("counsel/{vendor}-AbCdEf"))).collect();
    assert_eq!(read, ["openai"]);
}

/// What a schedule sends is what is recorded, and only the router on Lambda answers it: no client gets there. What has
/// failed for good is kept, and an alarm says so.
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
            assert!(!places::gateway(&template).contains_key(&path), "{path} is for the clock only");
            let queue = text(&properties["DeadLetterQueue"]["TargetArn"]).replace(".Arn", "");
            let told = entries(&template["Resources"]).any(|(_, resource)| {
                resource["Properties"]["Dimensions"]
                    == json!([{ "Name": "QueueName", "Value": format!("{queue}.QueueName") }])
            });
            assert!(told && template["Resources"][&queue]["Type"] == "AWS::SQS::Queue", "{function}: {queue}");
        }
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
