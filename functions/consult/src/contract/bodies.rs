//! What the types of bodies cannot say of themselves.

use serde_json::{Value, json};
use shared::http::contract::Contract;

use super::hosted::hosted_tool;
use super::shapes::{
    any_of, data_or_url, efforts, list, media_type, media_url, name, needs, one_stop, or_null, refer, says, some, stop,
};
use super::{agui, responses};

pub(super) fn describe(contract: Contract) -> Contract {
    let contract = contract
        .knows("HostedTool", hosted_tool())
        .also("Ask", &text_or_parts())
        .also_of(
            "Ask",
            &json!({ "tools": list(&any_of(&[&refer("ToolSpec"), &refer("HostedTool")]), 64), "stop": stop() }),
        )
        .also("AskMedia", &data_or_url())
        .also("Outcome", &json!({ "required": ["content"] }));
    agui::describe(responses::describe(chat(completions(anthropic(contract)))))
}

fn anthropic(contract: Contract) -> Contract {
    let choice = json!({ "enum": ["auto", "none"] });
    let schema = json!({ "type": "object" });
    contract
        .also_of(
            "AnthropicMessages",
            &json!({ "messages": some("AnthropicMessage"), "stop_sequences": or_null(&stop()) }),
        )
        .also_of("AnthropicMessages", &json!({ "tools": list(&refer("AnthropicTool"), 64) }))
        .also_of("AnthropicToolChoice", &json!({ "type": choice }))
        .also_of("AnthropicThinking", &json!({ "budget_tokens": { "type": ["integer", "null"], "minimum": 0 } }))
        .also_of("AnthropicTool", &json!({ "name": name(), "input_schema": schema }))
        .also("AnthropicTool", &json!({ "required": ["name", "input_schema"] }))
        .also("AnthropicSource", &data_or_url())
        .also_of("AnthropicSource", &json!({ "media_type": or_null(&media_type()) }))
}

fn completions(contract: Contract) -> Contract {
    let parameters = or_null(&json!({ "type": "object" }));
    let text_only = json!({ "type": "object", "properties": { "type": { "const": "text" } }, "required": ["type"] });
    contract
        .also_of(
            "Completions",
            &json!({
                "messages": some("CompletionsMessage"),
            "tools": or_null(&list(&refer("CompletionsTool"), 64)), "tool_choice": { "enum": ["auto", "none", null] },
                "n": { "enum": [1, null] }, "response_format": or_null(&text_only), "functions": { "type": "null" },
                "logprobs": { "enum": [false, null] }, "stop": or_null(&any_of(&[&one_stop(), &stop()])),
                "reasoning_effort": { "enum": efforts() },
            }),
        )
        .also_of("CompletionsImage", &json!({ "url": media_url() }))
        .also_of("CompletionsFile", &json!({ "file_data": media_url() }))
        .also("CompletionsFile", &json!({ "required": ["file_data"] }))
        .also_of("CompletionsTool", &json!({ "function": refer("CompletionsFunction") }))
        .also("CompletionsTool", &json!({ "required": ["function"] }))
        .also_of("CompletionsFunction", &json!({ "name": name(), "parameters": parameters }))
}

fn chat(contract: Contract) -> Contract {
    let kept = json!({ "required": ["messages"], "properties": { "messages": some("ChatMessage") } });
    let new = json!({
        "required": ["message"],
        "properties": { "messages": { "type": "null" }, "message": refer("ChatMessage"), "system": { "type": "null" } },
    });
    let tool = json!({ "type": "string", "pattern": "^(tool-|dynamic-tool$)" });
    let other = json!({ "type": "string", "not": { "pattern": "^(tool-|dynamic-tool$|file$)" } });
    let mut file = needs(&json!({ "const": "file" }), &["mediaType", "url"]);
    file["properties"]["mediaType"] = media_type();
    file["properties"]["url"] = media_url();
    contract
        .also("Chat", &json!({ "anyOf": [kept, new] }))
        .also_of("Chat", &json!({ "tools": list(&refer("ToolSpec"), 64) }))
        .also("ChatPart", &json!({ "anyOf": [needs(&other, &[]), file, needs(&tool, &["toolCallId"])] }))
}

/// One of them, and it says something.
fn text_or_parts() -> Value {
    let text = json!({ "properties": { "type": { "const": "text" }, "text": says() }, "required": ["type", "text"] });
    let none = json!({ "type": "null" });
    json!({ "oneOf": [
        { "properties": { "text": says(), "parts": none }, "required": ["text"] },
        { "properties": { "text": none, "prompt": says(), "parts": none }, "required": ["prompt"] },
        {
            "properties": { "text": none, "prompt": none, "parts": { "type": "array", "contains": text } },
            "required": ["parts"],
        },
    ] })
}
