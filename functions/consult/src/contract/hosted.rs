//! Tools that a model's provider runs: types of the domain, whose bounds no type says.

use serde_json::{Value, json};

use super::shapes::{closed, or_null};

pub(super) fn hosted_tool() -> Value {
    let label = json!({ "type": "string", "pattern": "^[A-Za-z0-9_./-]{1,128}$" });
    let labels = |most: usize| json!({ "type": "array", "items": label, "minItems": 1, "maxItems": most });
    let address = "^https://([A-Za-z0-9]+\\.)*[A-Za-z][A-Za-z0-9]*(:[0-9]{1,4})?([/?#][!-~]*)?$";
    let mut container = closed(&json!({ "type": { "const": "auto" } }));
    container["required"] = json!(["type"]);
    let kind = |kind: &str, required: &[&str], mut members: Value| {
        members["type"] = json!({ "const": kind });
        let mut schema = closed(&members);
        schema["required"] = json!([["type"].as_slice(), required].concat());
        schema
    };
    json!({
        "description": "Run by the model's provider, in the words of OpenAI's Responses API. Each kind once.",
        "oneOf": [
            kind("web_search", &[], json!({ "user_location": or_null(&user_location()) })),
            kind("file_search", &["vector_store_ids"], json!({ "vector_store_ids": labels(10) })),
            kind("code_interpreter", &[], json!({ "container": container })),
            kind("mcp", &["server_label", "server_url"], json!({
                "server_label": label, "server_url": { "type": "string", "pattern": address, "maxLength": 2000 },
                "allowed_tools": or_null(&labels(128)), "require_approval": { "enum": ["always", "never"] },
            })),
        ],
    })
}

/// Where the user is, roughly.
pub(super) fn user_location() -> Value {
    let word = json!({ "type": ["string", "null"] });
    closed(&json!({
        "type": { "const": "approximate" }, "country": word, "region": word, "city": word, "timezone": word,
    }))
}
