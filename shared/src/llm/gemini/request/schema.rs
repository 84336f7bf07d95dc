//! JSON Schema as far as Gemini takes it: a subset of `OpenAPI` 3.0 (ai.google.dev/api/caching#Schema).
//! What it does not know it refuses, with the whole request.

use serde_json::{Map, Value, json};

const KEPT: [&str; 14] = [
    "title",
    "description",
    "nullable",
    "default",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "propertyOrdering",
];
const FORMATS: [&str; 6] = ["enum", "date-time", "int32", "int64", "float", "double"];

/// None for a function without parameters: Gemini refuses an object without properties.
pub(super) fn subset(schema: &Value) -> Option<Value> {
    let has_properties = schema["properties"].as_object().is_some_and(|properties| !properties.is_empty());
    has_properties.then(|| clean(schema))
}

fn clean(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else { return json!({}) };
    let mut kept: Map<String, Value> =
        fields.iter().filter(|(name, _)| KEPT.contains(&name.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect();
    put_type(fields, &mut kept);
    put_choices(fields, &mut kept);
    if let Some(format) = fields.get("format").filter(|format| FORMATS.iter().any(|known| *format == known)) {
        kept.insert("format".to_owned(), format.clone());
    }
    if let Some(items) = fields.get("items").filter(|items| items.is_object()) {
        kept.insert("items".to_owned(), clean(items));
    }
    put_properties(fields, &mut kept);
    Value::Object(kept)
}

/// `["string", "null"]` is a string that may be null.
fn put_type(fields: &Map<String, Value>, kept: &mut Map<String, Value>) {
    let kinds: Vec<&Value> = match fields.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().collect(),
        Some(kind) => vec![kind],
        None => Vec::new(),
    };
    if let Some(kind) = kinds.iter().find(|kind| **kind != "null") {
        kept.insert("type".to_owned(), (*kind).clone());
    }
    if kinds.len() > 1 && kinds.iter().any(|kind| *kind == "null") {
        kept.insert("nullable".to_owned(), true.into());
    }
}

/// Only texts can be enumerated; `const` is one choice, and `oneOf` is taken for `anyOf`.
fn put_choices(fields: &Map<String, Value>, kept: &mut Map<String, Value>) {
    let one = fields.get("const").map(|only| vec![only.clone()]);
    let all = fields.get("enum").and_then(Value::as_array).cloned().or(one).unwrap_or_default();
    let texts: Vec<Value> = all.into_iter().filter(Value::is_string).collect();
    if !texts.is_empty() {
        kept.entry("type").or_insert_with(|| "string".into());
        kept.insert("enum".to_owned(), texts.into());
    }
    let branches = fields.get("anyOf").or_else(|| fields.get("oneOf")).and_then(Value::as_array);
    if let Some(branches) = branches {
        kept.insert("anyOf".to_owned(), branches.iter().map(clean).collect());
    }
}

fn put_properties(fields: &Map<String, Value>, kept: &mut Map<String, Value>) {
    let Some(properties) = fields.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty()) else {
        return;
    };
    let cleaned = properties.iter().map(|(name, schema)| (name.clone(), clean(schema)));
    kept.insert("properties".to_owned(), Value::Object(cleaned.collect()));
    let required = fields.get("required").and_then(Value::as_array).into_iter().flatten();
    let known = required.filter(|name| name.as_str().is_some_and(|name| properties.contains_key(name)));
    let required: Vec<Value> = known.cloned().collect();
    if !required.is_empty() {
        kept.insert("required".to_owned(), required.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gemini_refuses_is_left_out() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "unit": { "enum": ["C", "F"], "examples": ["C"] },
                "size": { "type": "integer", "enum": [1, 2], "exclusiveMinimum": 0 },
                "note": { "type": ["string", "null"], "format": "email" },
                "kind": { "const": "a" },
                "when": { "oneOf": [{ "type": "string", "format": "date-time" }, { "type": "integer" }] },
                "tags": { "type": "array", "items": { "type": "string", "$comment": "x" }, "uniqueItems": true },
                "type": { "type": "string", "description": "a property that is called like a keyword" },
            },
            "required": ["unit", "gone"],
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "unit": { "type": "string", "enum": ["C", "F"] },
                "size": { "type": "integer" },
                "note": { "type": "string", "nullable": true },
                "kind": { "type": "string", "enum": ["a"] },
                "when": { "anyOf": [{ "type": "string", "format": "date-time" }, { "type": "integer" }] },
                "tags": { "type": "array", "items": { "type": "string" } },
                "type": { "type": "string", "description": "a property that is called like a keyword" },
            },
            "required": ["unit"],
        });
        assert_eq!(subset(&schema), Some(expected));
    }

    #[test]
    fn a_function_without_parameters_has_none() {
        assert_eq!(subset(&json!({ "type": "object", "properties": {} })), None);
        assert_eq!(subset(&json!({})), None);
    }
}
