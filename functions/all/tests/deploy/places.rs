//! Reads what the four places say: the template, the contract, the recorded events, the folders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A method and a path, `GET /turns/{turn}`.
pub(crate) type Routes = BTreeSet<String>;

/// `all` is every router in one process; it never becomes a Lambda function.
pub(crate) fn functions() -> Vec<String> {
    let folders = fs::read_dir(root().join("functions")).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<_> = folders.map(|folder| folder.file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "all" && !name.starts_with('.'));
    names.sort();
    names
}

/// The short tags (`!Ref Table`) are dropped: `"Table"` is what the tests compare.
pub(crate) fn template() -> Value {
    serde_saphyr::from_str(&read("template.yaml")).unwrap()
}

/// `on-document-added` -> `OnDocumentAddedFunction`.
pub(crate) fn resource_name(function: &str) -> String {
    let capitalised = |word: &str| word[..1].to_uppercase() + &word[1..];
    function.split('-').map(capitalised).collect::<String>() + "Function"
}

pub(crate) fn properties<'t>(template: &'t Value, function: &str) -> &'t Value {
    &template["Resources"][resource_name(function)]["Properties"]
}

/// What a function says in the contract that it serves.
pub(crate) fn routes(function: &str) -> Routes {
    let mut parts = all::contracts().into_iter();
    let (_, part) = parts.find(|(name, _)| *name == function.replace('-', "_")).expect("its part of the contract");
    let document = part.document("");
    let of_path = |(path, methods): (&String, &Value)| {
        entries(methods).map(|(method, _)| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    entries(&document["paths"]).flat_map(of_path).collect()
}

/// What the gateway does with a path: a method (or `ANY`), and the integration that answers it.
pub(crate) fn gateway(template: &Value) -> BTreeMap<String, BTreeMap<String, Value>> {
    let paths = &template["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"];
    let answers = |methods: &Value| {
        let named = entries(methods).map(|(method, operation)| {
            let method = method.trim_start_matches("x-amazon-apigateway-").trim_end_matches("-method").to_uppercase();
            (method, operation["x-amazon-apigateway-integration"].clone())
        });
        named.collect()
    };
    entries(paths).map(|(path, methods)| (path.clone(), answers(methods))).collect()
}

/// The gateway writes a name that takes the rest of a path another way than the contract.
pub(crate) fn as_told(path: &str) -> String {
    path.replace("+}", "}")
}

pub(crate) fn events(function: &str) -> Vec<(String, Value)> {
    let files = fs::read_dir(root().join("events").join(function)).expect("a folder of events");
    let named = files.map(|file| file.unwrap().path()).map(|path| {
        let event = serde_json::from_str(&fs::read_to_string(&path).unwrap()).expect("an event is JSON");
        (path.display().to_string(), event)
    });
    named.collect()
}

/// Those that the gateway sends.
pub(crate) fn requests(function: &str) -> Vec<(String, Value)> {
    events(function).into_iter().filter(|(_, event)| event["clock"].is_null()).collect()
}

pub(crate) fn route_of(event: &Value) -> String {
    format!("{} {}", text(&event["httpMethod"]), as_told(&text(&event["resource"])))
}

const ON_THE_TABLE: &str = " on Table.Arn or of the restored";

/// The calls that a function may make on the table's items, `GetItem`.
pub(crate) fn calls_on_the_table(template: &Value, function: &str) -> BTreeSet<String> {
    let grants = grants(template, function);
    let calls = grants.iter().filter_map(|grant| grant.strip_prefix("dynamodb:")?.strip_suffix(ON_THE_TABLE));
    calls.map(str::to_owned).collect()
}

/// The same among other grants: one for each action and resource, `… if HasGoogleSecret` where it depends.
pub(crate) fn grants(template: &Value, function: &str) -> BTreeSet<String> {
    let policies = list(&properties(template, function)["Policies"]);
    let statements = policies.iter().flat_map(|policy| list(&policy["Statement"]));
    statements.flat_map(|statement| granted(template, &statement)).collect()
}

fn granted(template: &Value, statement: &Value) -> Vec<String> {
    let (statement, condition) = chosen(template, statement);
    assert_eq!(statement["Effect"], "Allow");
    let resources = list(&statement["Resource"]);
    let on = |action: &Value| {
        let action = text(action);
        let grant = |resource: &Value| {
            let (resource, own) = chosen(template, resource);
            format!("{action} on {}{condition}{own}{}", text(resource), restricted(statement))
        };
        resources.iter().map(grant).collect::<Vec<_>>()
    };
    list(&statement["Action"]).iter().flat_map(on).collect()
}

/// ` where ArnLike aws:SourceArn arn:…`: what a request has to be like besides.
fn restricted(statement: &Value) -> String {
    let of_operator = |(operator, keys): (&String, &Value)| {
        entries(keys).map(|(key, value)| format!(" where {operator} {key} {}", text(value))).collect::<String>()
    };
    entries(&statement["Condition"]).map(of_operator).collect()
}

/// What `!If [condition, value, nothing]` is at most, and when; a plain value is always.
fn chosen<'a>(template: &Value, value: &'a Value) -> (&'a Value, String) {
    let Some([condition, then, otherwise]) = value.as_array().map(Vec::as_slice) else {
        return (value, String::new());
    };
    assert!(template["Conditions"].get(text(condition)).is_some(), "no condition {condition}");
    if text(condition) == "IsRestored" {
        return (otherwise, " or of the restored".to_owned());
    }
    assert_eq!(*otherwise, "AWS::NoValue");
    (then, format!(" if {}", text(condition)))
}

/// All sources of a function, one after the other.
pub(crate) fn sources(function: &str) -> String {
    all_of(&root().join("functions").join(function).join("src"))
}

fn all_of(folder: &Path) -> String {
    let paths = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    paths.map(|path| if path.is_dir() { all_of(&path) } else { fs::read_to_string(path).unwrap() }).collect()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

/// CloudFormation lets a list of one be written without brackets.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

pub(crate) fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
