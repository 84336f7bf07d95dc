//! What the types of AG-UI's body cannot say of themselves.

use serde_json::{Value, json};
use shared::http::contract::Contract;

use super::shapes::{
    base64_text, data_or_url, https, list, media_type, name, not_list_or, one_of_kinds, or_null, refer,
};

pub(super) fn describe(contract: Contract) -> Contract {
    let resolved = json!({
        "properties": {
            "status": { "const": "resolved" },
            "payload": { "type": "object", "properties": { "approved": { "type": "boolean" } }, "required": ["approved"] },
        },
        "required": ["payload"],
    });
    let cancelled = json!({ "properties": { "status": { "const": "cancelled" } } });
    contract
        .also_of("Run", &json!({ "tools": list(&refer("RunTool"), 64) }))
        .also_of(
            "RunMessage",
            &json!({ "content": { "description": "A text, or parts; of others whatever they like." } }),
        )
        .also("RunMessage", &json!({ "anyOf": messages() }))
        .knows("RunUserPart", one_of_kinds("RunPart", &user_parts()))
        .also_of("RunTool", &json!({ "name": name(), "parameters": or_null(&json!({ "type": "object" })) }))
        .also("RunResume", &json!({ "anyOf": [resolved, cancelled] }))
}

/// What each role needs.
fn messages() -> Vec<Value> {
    let of =
        |roles: &[&str], content: Value| json!({ "properties": { "role": { "enum": roles }, "content": content } });
    let mut tool = of(&["tool"], not_list_or("RunPart"));
    tool["properties"]["toolCallId"] = json!({ "type": "string" });
    tool["required"] = json!(["toolCallId"]);
    let known = ["system", "developer", "user", "assistant", "tool"];
    vec![
        of(&["user"], not_list_or("RunUserPart")),
        of(&["system", "developer", "assistant"], not_list_or("RunPart")),
        tool,
        json!({ "properties": { "role": { "not": { "enum": known } } } }),
    ]
}

/// A text, media with a source, or as they came before there were sources.
fn user_parts() -> Vec<Value> {
    let text = json!({ "properties": { "type": { "const": "text" }, "text": { "type": "string" } }, "required": ["type", "text"] });
    let source = |kind: &str, value: Value, kinds: Value, required: &[&str]| {
        let members = json!({ "type": { "const": kind }, "value": value, "mimeType": kinds });
        json!({ "properties": { "source": { "type": "object", "properties": members, "required": required } }, "required": ["source"] })
    };
    let mut sourceless = data_or_url();
    sourceless["properties"] = json!({ "source": { "type": "null" }, "mimeType": or_null(&media_type()) });
    vec![
        text,
        source("data", base64_text(), media_type(), &["type", "value", "mimeType"]),
        source("url", https(), or_null(&media_type()), &["type", "value"]),
        sourceless,
    ]
}
