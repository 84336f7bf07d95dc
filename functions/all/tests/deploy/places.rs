//! Reads what the four places say: the template, the routers, the recorded events, the folders.

use std::collections::BTreeSet;
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

pub(crate) fn routes_in_the_template(template: &Value, function: &str) -> Routes {
    let events = entries(&properties(template, function)["Events"]).map(|(_, event)| event);
    let events = events.filter(|event| event["Type"] == "Api").map(|event| &event["Properties"]);
    events.map(|event| format!("{} {}", text(&event["Method"]).to_uppercase(), text(&event["Path"]))).collect()
}

/// Reads the `.route("/path", get(read).delete(remove))` calls of a router.
pub(crate) fn routes_in_the_code(function: &str) -> Routes {
    let source = read(&format!("functions/{function}/src/lib.rs"));
    let mut routes = Routes::new();
    for call in source.split(".route(").skip(1).map(arguments) {
        // The gateway writes what takes the rest of a path another way.
        let path = call.split('"').nth(1).expect("a path is a literal");
        let path = path
            .split_once("{*")
            .map_or(path.to_owned(), |(start, rest)| format!("{start}{{{}", rest.replace('}', "+}")));
        let verbs = ["get(", "post(", "put(", "patch(", "delete("].into_iter().filter(|verb| names(call, verb));
        routes.extend(verbs.map(|verb| format!("{} {path}", verb.trim_end_matches('(').to_uppercase())));
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
    let before = call.match_indices(verb).map(|(at, _)| call[..at].chars().next_back());
    before.into_iter().any(|c| !c.is_some_and(|c| c.is_alphanumeric() || c == '_'))
}

pub(crate) fn preflight_of(route: &str) -> String {
    let (_, path) = route.split_once(' ').unwrap();
    format!("OPTIONS {path}")
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
    format!("{} {}", text(&event["httpMethod"]), text(&event["resource"]))
}

/// `dynamodb:GetItem on Table.Arn or of the restored`, one for each action and resource; `… if HasGoogleSecret` where it depends.
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
            format!("{action} on {}{condition}{own}", text(resource))
        };
        resources.iter().map(grant).collect::<Vec<_>>()
    };
    list(&statement["Action"]).iter().flat_map(on).collect()
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

fn root() -> PathBuf {
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
