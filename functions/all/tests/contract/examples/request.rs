//! A request as the contract's example tells it, and its reply.

use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::form_urlencoded;

use super::house::Stage;

pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Value>,
    /// Parameters that the contract has no example for, by their number: ids, codes.
    pub(crate) params: Vec<(usize, String)>,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    /// `$response.body#/data/0/id` or `$response.header.Location`.
    pub(crate) fn at(&self, expression: &str) -> String {
        if let Some(name) = expression.strip_prefix("$response.header.") {
            return self.header(name).to_owned();
        }
        let pointer = expression.strip_prefix("$response.body#").expect("an expression that is known here");
        let json = self.json();
        json.pointer(pointer).and_then(plain).unwrap_or_else(|| panic!("no {expression} in {json}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What has no example of its own gets a value of this stage.
pub(crate) fn of((path, method): (&str, &str), operation: &Value, body: Option<Value>, stage: &Stage) -> Sent {
    let (mut at, mut query) = (path.to_owned(), form_urlencoded::Serializer::new(String::new()));
    let (mut headers, mut params) = (BTreeMap::new(), Vec::new());
    for (number, param) in params_of(operation).enumerate() {
        let name = param["name"].as_str().expect("a name");
        let found = stage.values.get(name).cloned();
        params.extend(found.clone().map(|value| (number, value)));
        let Some(value) = found.or_else(|| plain(&param["example"])) else {
            let id = &operation["operationId"];
            assert!(
                param["required"] != true,
                "{id}: where does its {name} come from? Tell it by an example or a link."
            );
            continue;
        };
        match param["in"].as_str() {
            Some("path") => at = at.replace(&format!("{{{name}}}"), &escaped(&value)),
            Some("query") => _ = query.append_pair(name, &value),
            _ => _ = headers.insert(name.to_owned(), value),
        }
    }
    let query = query.finish();
    let path = if query.is_empty() { at } else { format!("{at}?{query}") };
    let body = body.map(|mut body| {
        for (name, value) in body.as_object_mut().into_iter().flatten() {
            if let Some(own) = stage.fields.get(name) {
                value.clone_from(own);
            }
        }
        body
    });
    Sent { method: method.to_uppercase(), path, headers, body, params }
}

/// Parameters that have to be there, and that neither the contract nor the stage has a value for.
pub(crate) fn missing(operation: &Value, stage: &Stage) -> Vec<String> {
    let params = params_of(operation).filter(|param| param["required"] == true);
    let missing = params.filter(|param| param["example"].is_null()).filter_map(|param| plain(&param["name"]));
    missing.filter(|name| !stage.values.contains_key(name)).collect()
}

fn params_of(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"].as_array().into_iter().flatten()
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn escaped(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
