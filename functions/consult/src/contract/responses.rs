//! What the types of the Responses API's body cannot say of themselves.

use serde_json::{Value, json};
use shared::http::contract::Contract;

use super::hosted::user_location;
use super::shapes::{
    any_of, efforts, list, media_url, name, needs, one_of_kinds, or_null, refer, says, some, text_or_list,
};

pub(super) fn describe(contract: Contract) -> Contract {
    let function = json!({
        "type": "object", "required": ["type", "name"],
        "properties": {
            "type": { "const": "function" }, "name": name(), "description": { "type": ["string", "null"] },
            "parameters": or_null(&json!({ "type": "object" })),
        },
    });
    let tools = or_null(&list(&any_of(&[&function, &refer("HostedTool")]), 64));
    let metadata = json!({
        "type": "object", "maxProperties": 16, "propertyNames": { "maxLength": 64 },
        "additionalProperties": { "type": "string", "maxLength": 512 },
    });
    contract
        .also_of("Responses", &json!({ "tools": tools, "metadata": or_null(&metadata) }))
        .also("ResponsesInput", &json!({ "oneOf": [says(), some("ResponsesInputItem")] }))
        .also_of("StarterWebSearch", &json!({ "user_location": or_null(&user_location()) }))
        .also_of("ResponsesReasoning", &json!({ "effort": { "enum": efforts() } }))
        .knows("ResponsesInputItem", one_of_kinds("ResponsesItem", &items()))
        .knows("ResponsesInputPart", one_of_kinds("ResponsesPart", &parts()))
}

/// What each kind of item needs.
fn items() -> Vec<Value> {
    let kind = |kind: &str, members: &[&str]| needs(&json!({ "const": kind }), members);
    let known =
        ["message", "function_call", "function_call_output", "mcp_call", "mcp_approval_response", "item_reference"];
    let roles = json!({ "enum": ["user", "assistant", "system", "developer"] });
    let mut message = needs(&json!({ "enum": ["message", null] }), &["role", "content"]);
    message["properties"]["role"] = roles;
    message["properties"]["content"] = text_or_list("ResponsesInputPart");
    message["required"] = json!(["role", "content"]);
    let mut approval = kind("mcp_approval_response", &["approval_request_id", "approve"]);
    approval["properties"]["approval_request_id"] = json!({ "type": "string", "pattern": "^mcpr" });
    vec![
        message,
        kind("function_call", &["call_id", "name"]),
        kind("function_call_output", &["call_id", "output"]),
        kind("mcp_call", &["id", "name"]),
        kind("item_reference", &["id"]),
        approval,
        needs(&json!({ "type": "string", "not": { "enum": known } }), &[]),
    ]
}

fn parts() -> Vec<Value> {
    let with = |kind: &str, member: &str| {
        let mut part = needs(&json!({ "const": kind }), &[member]);
        part["properties"][member] = media_url();
        part
    };
    vec![
        needs(&json!({ "enum": ["input_text", "output_text", "text", "refusal"] }), &[]),
        with("input_image", "image_url"),
        with("input_file", "file_data"),
        with("input_file", "file_url"),
    ]
}
