//! Replies of dialects that are written as JSON, not as types of ours.

use serde_json::{Value, json};
use shared::http::contract::Contract;

use super::shapes::object;

pub(super) fn describe(contract: Contract) -> Contract {
    contract
        .knows("AnthropicReply", anthropic())
        .knows("Completion", completion())
        .knows("Response", response())
        .knows("ResponseItems", items())
        .knows("ResponseDeleted", deleted())
}

fn anthropic() -> Value {
    let block = json!({ "type": "object", "properties": { "type": text() }, "required": ["type"] });
    let usage = object(&json!({ "input_tokens": count(), "output_tokens": count() }));
    let reasons = ["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"];
    object(&json!({
        "id": { "type": "string", "pattern": "^msg_" }, "type": { "const": "message" }, "role": { "const": "assistant" },
        "model": text(), "content": { "type": "array", "items": block }, "stop_reason": { "enum": reasons },
        "stop_sequence": kind_or_null("string"), "usage": usage,
    }))
}

fn completion() -> Value {
    let function = object(&json!({ "name": text(), "arguments": text() }));
    let call = object(&json!({ "id": text(), "type": { "const": "function" }, "function": function }));
    let mut message = object(
        &json!({ "role": { "const": "assistant" }, "content": kind_or_null("string"), "refusal": { "type": "null" } }),
    );
    message["properties"]["reasoning_content"] = text();
    message["properties"]["tool_calls"] = json!({ "type": "array", "items": call });
    let choice = object(&json!({
        "index": { "const": 0 }, "message": message, "logprobs": { "type": "null" },
        "finish_reason": { "enum": ["stop", "length", "tool_calls", "content_filter"] },
    }));
    let usage = object(&json!({ "prompt_tokens": count(), "completion_tokens": count(), "total_tokens": count() }));
    object(&json!({
        "id": { "type": "string", "pattern": "^chatcmpl-" }, "object": { "const": "chat.completion" },
        "created": count(), "model": text(), "choices": { "type": "array", "items": choice, "minItems": 1, "maxItems": 1 },
        "usage": usage,
    }))
}

fn response() -> Value {
    let item = object(&json!({ "id": text(), "type": text() }));
    let usage = object(&json!({ "input_tokens": count(), "output_tokens": count(), "total_tokens": count() }));
    let statuses = ["in_progress", "completed", "incomplete", "failed", "cancelled"];
    object(&json!({
        "id": { "type": "string", "pattern": "^resp_" }, "object": { "const": "response" }, "created_at": count(),
        "status": { "enum": statuses }, "background": { "type": "boolean" }, "error": kind_or_null("object"),
        "incomplete_details": kind_or_null("object"), "instructions": kind_or_null("string"), "model": text(),
        "output": { "type": "array", "items": item }, "previous_response_id": kind_or_null("string"),
        "conversation": object(&json!({ "id": { "type": "string", "pattern": "^conv_" } })),
        "tools": { "type": "array", "items": { "type": "object" } }, "metadata": { "type": "object" },
        "max_output_tokens": kind_or_null("integer"), "temperature": kind_or_null("number"), "top_p": kind_or_null("number"),
        "usage": { "anyOf": [usage, { "type": "null" }] },
    }))
}

fn items() -> Value {
    let item = json!({ "type": "object", "properties": { "type": text() }, "required": ["type"] });
    object(&json!({
        "object": { "const": "list" }, "data": { "type": "array", "items": item }, "has_more": { "type": "boolean" },
        "first_id": kind_or_null("string"), "last_id": kind_or_null("string"),
    }))
}

fn deleted() -> Value {
    object(&json!({ "id": text(), "object": { "const": "response" }, "deleted": { "const": true } }))
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn kind_or_null(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}
