//! Schemas that many bodies and replies share.

use serde_json::{Map, Value, json};

const FOUR: &str = "[A-Za-z0-9+/]";
/// A tool's, as providers take it.
const NAME: &str = "^[A-Za-z0-9_-]{1,64}$";

pub(super) fn one_of_kinds(base: &str, kinds: &[Value]) -> Value {
    json!({ "allOf": [refer(base)], "anyOf": kinds })
}

/// A kind, and what must not be missing nor null.
pub(super) fn needs(kind: &Value, members: &[&str]) -> Value {
    let required = [["type"].as_slice(), members].concat();
    let mut schema = json!({ "properties": { "type": kind }, "required": required });
    for member in members {
        schema["properties"][member] = json!({ "not": { "type": "null" } });
    }
    schema
}

pub(super) fn not_list_or(part: &str) -> Value {
    let other = json!({ "type": ["string", "number", "boolean", "object", "null"] });
    any_of(&[&other, &json!({ "type": "array", "items": refer(part) })])
}

pub(super) fn text_or_list(part: &str) -> Value {
    any_of(&[&json!({ "type": "string" }), &json!({ "type": "array", "items": refer(part) })])
}

pub(super) fn data_or_url() -> Value {
    let data = base64_text();
    let none = json!({ "type": "null" });
    json!({ "oneOf": [
        { "properties": { "data": data, "url": none }, "required": ["data"] },
        { "properties": { "data": none, "url": https() }, "required": ["url"] },
    ] })
}

/// An address, or the bytes themselves.
pub(super) fn media_url() -> Value {
    let data = format!("^data:[A-Za-z0-9.+-][A-Za-z0-9./+-]{{0,40}}/[A-Za-z0-9./+-]{{0,40}};base64,{}$", base64());
    any_of(&[&https(), &json!({ "type": "string", "pattern": data })])
}

pub(super) fn base64_text() -> Value {
    json!({ "type": "string", "pattern": format!("^{}$", base64()) })
}

pub(super) fn base64() -> String {
    format!("(?:{FOUR}{{4}})*(?:{FOUR}{{4}}|{FOUR}[AQgw]==|{FOUR}{{2}}[AEIMQUYcgkosw048]=)")
}

pub(super) fn https() -> Value {
    json!({ "type": "string", "pattern": "^https://", "maxLength": 2000 })
}

pub(super) fn media_type() -> Value {
    let pattern = "^[A-Za-z0-9.+-][A-Za-z0-9./+-]*/[A-Za-z0-9./+-]*$";
    json!({ "type": "string", "pattern": pattern, "maxLength": 100 })
}

/// More steps than we know.
pub(super) fn efforts() -> Value {
    json!(["none", "minimal", "low", "medium", "high", "xhigh", null])
}

pub(super) fn stop() -> Value {
    list(&one_stop(), 4)
}

pub(super) fn one_stop() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 100 })
}

/// Not blank: to Rust U+0085 is a space, to JSON Schema it is none.
pub(super) fn says() -> Value {
    json!({ "type": "string", "pattern": "[^\\s\\u0085]" })
}

pub(super) fn name() -> Value {
    json!({ "type": "string", "pattern": NAME })
}

/// At least one.
pub(super) fn some(name: &str) -> Value {
    json!({ "type": "array", "items": refer(name), "minItems": 1 })
}

pub(super) fn list(item: &Value, most: usize) -> Value {
    json!({ "type": "array", "items": item, "maxItems": most })
}

pub(super) fn closed(members: &Value) -> Value {
    json!({ "type": "object", "properties": members, "additionalProperties": false })
}

pub(super) fn or_null(schema: &Value) -> Value {
    any_of(&[schema, &json!({ "type": "null" })])
}

pub(super) fn any_of(schemas: &[&Value]) -> Value {
    json!({ "anyOf": schemas })
}

pub(super) fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// With these members at least.
pub(super) fn object(members: &Value) -> Value {
    let names: Vec<_> = members.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    json!({ "type": "object", "properties": members, "required": names })
}
