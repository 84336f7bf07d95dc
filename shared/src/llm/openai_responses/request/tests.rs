//! What goes out, and in which order.

use super::*;
use crate::domain::ToolOutcome;

fn request(messages: Vec<PromptMessage>) -> ModelRequest {
    ModelRequest { model: "gpt-5.2".to_owned(), system: "Be brief.".to_owned(), messages, ..ModelRequest::default() }
}

fn answer(parts: Vec<Part>) -> PromptMessage {
    PromptMessage { role: Role::Assistant, parts }
}

fn call(id: &str) -> Part {
    Part::ToolCall(ToolCall::new(CallId::from_provider(id), "now", json!({})))
}

fn result(id: &str) -> Part {
    let outcome = ToolOutcome { content: "noon".to_owned(), is_error: false };
    Part::ToolResult { call: CallId::from_provider(id), outcome }
}

fn reasoning(signature: &str) -> Part {
    Part::Reasoning { text: "Hm.".to_owned(), signature: Some(signature.to_owned()) }
}

#[test]
fn a_step_goes_back_in_the_order_in_which_it_was_said() {
    let locked = r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"}"#;
    let parts = vec![reasoning(locked), Part::text("Let me look."), call("c1"), call("c2"), result("c1"), result("c2")];
    let input = &body(&request(vec![answer(parts)]))["input"];
    let expected = json!([
        { "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x" },
        { "role": "assistant", "content": "Let me look." },
        { "type": "function_call", "call_id": "c1", "name": "now", "arguments": "{}" },
        { "type": "function_call", "call_id": "c2", "name": "now", "arguments": "{}" },
        { "type": "function_call_output", "call_id": "c1", "output": "noon" },
        { "type": "function_call_output", "call_id": "c2", "output": "noon" },
    ]);
    assert_eq!(*input, expected);
}

#[test]
fn a_call_without_a_result_and_a_result_without_its_call_stay_here() {
    let parts = vec![Part::text("Hi"), call("c1"), result("c2")];
    let input = &body(&request(vec![answer(parts)]))["input"];
    assert_eq!(*input, json!([{ "role": "assistant", "content": "Hi" }]));
}

#[test]
fn reasoning_that_led_to_nothing_or_that_another_provider_signed_stays_here() {
    let locked = r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"}"#;
    for signature in [locked, "EqQBCg", r#"{"type":"thinking"}"#] {
        let parts = vec![Part::text("Hi"), reasoning(signature)];
        let input = &body(&request(vec![answer(parts)]))["input"];
        assert_eq!(*input, json!([{ "role": "assistant", "content": "Hi" }]), "{signature}");
    }
}

#[test]
fn what_the_provider_ran_goes_back_as_its_own_item_without_a_result_of_ours() {
    let mut search = ToolCall::new(CallId::from_provider("ws_1"), "web_search", json!({}));
    search.runner = Runner::Provider;
    search.signature = Some(r#"{"type":"web_search_call","id":"ws_1"}"#.to_owned());
    let parts = vec![Part::ToolCall(search), result("ws_1"), Part::text("Found.")];
    let input = &body(&request(vec![answer(parts)]))["input"];
    let expected = json!([{ "type": "web_search_call", "id": "ws_1" }, { "role": "assistant", "content": "Found." }]);
    assert_eq!(*input, expected);
}

#[test]
fn an_earlier_turn_goes_back_as_what_was_said_in_it() {
    let mut search = ToolCall::new(CallId::from_provider("ws_1"), "web_search", json!({}));
    search.runner = Runner::Provider;
    search.signature = Some(r#"{"type":"web_search_call","id":"ws_1"}"#.to_owned());
    let parts = vec![Part::ToolCall(search), result("ws_1"), Part::text("Found.")];
    let question = PromptMessage { role: Role::User, parts: vec![Part::text("And?")] };
    let input = &body(&request(vec![answer(parts), question]))["input"];
    assert_eq!(input[0], json!({ "role": "assistant", "content": "Found." }));
    assert_eq!(input[1]["role"], "user");
}

#[test]
fn a_clients_tool_goes_back_like_one_of_ours() {
    let mut theirs = ToolCall::new(CallId::from_provider("c1"), "page", json!({}));
    theirs.runner = Runner::Client;
    let input = &body(&request(vec![answer(vec![Part::ToolCall(theirs), result("c1")])]))["input"];
    assert_eq!((&input[0]["type"], &input[1]["type"]), (&json!("function_call"), &json!("function_call_output")));
}

#[test]
fn pictures_and_files_are_sent_as_data_or_as_addresses() {
    let media = |media_type: &str, content| Media { media_type: media_type.to_owned(), name: None, content };
    let parts = vec![
        Part::text("What is this?"),
        Part::Image(media("image/png", MediaContent::Data("AAAA".to_owned()))),
        Part::File(media("application/pdf", MediaContent::Data("BBBB".to_owned()))),
        Part::File(media("application/pdf", MediaContent::Url("https://x.test/a.pdf".to_owned()))),
    ];
    let input = &body(&request(vec![PromptMessage { role: Role::User, parts }]))["input"];
    let expected = json!([{ "role": "user", "content": [
        { "type": "input_text", "text": "What is this?" },
        { "type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,AAAA" },
        { "type": "input_file", "filename": "file", "file_data": "data:application/pdf;base64,BBBB" },
        { "type": "input_file", "file_url": "https://x.test/a.pdf" },
    ] }]);
    assert_eq!(*input, expected);
}

#[test]
fn hosted_tools_pass_as_they_are_and_what_they_find_is_asked_for() {
    let mut request = request(Vec::new());
    request.tools =
        vec![ToolSpec { name: "now".to_owned(), description: "Tells the time.".to_owned(), parameters: json!({}) }];
    let asked = json!([
        { "type": "web_search", "user_location": { "type": "approximate", "city": "Graz" } },
        { "type": "file_search", "vector_store_ids": ["vs_1"] },
        { "type": "code_interpreter", "container": { "type": "auto" } },
        {
            "type": "mcp", "server_label": "dice", "server_url": "https://dice.example/sse",
            "allowed_tools": ["roll"], "require_approval": "always",
        },
    ]);
    request.hosted = serde_json::from_value(asked.clone()).unwrap();
    let body = body(&request);
    let tools = body["tools"].as_array().unwrap();
    assert_eq!((&tools[0]["name"], &json!(tools[1..])), (&json!("now"), &asked));
    let include = [
        "reasoning.encrypted_content",
        "web_search_call.action.sources",
        "file_search_call.results",
        "code_interpreter_call.outputs",
    ];
    assert_eq!(body["include"], json!(include));
    assert_eq!(body["parallel_tool_calls"], true);
}

/// A remote call that asked for approval, as its stream left it with us.
fn asked_for_leave() -> ToolCall {
    let item = json!({
        "type": "mcp_approval_request", "id": "mcpr_1", "server_label": "dice", "name": "roll", "arguments": "{}",
    });
    let call = ToolCall::new(CallId::from_provider("mcpr_1"), "roll", json!({}));
    ToolCall { runner: Runner::Provider, signature: Some(item.to_string()), ..call }
}

#[test]
fn what_a_user_has_decided_goes_back_behind_what_was_asked() {
    let decided = |content: &str, is_error| {
        let outcome = ToolOutcome { content: content.to_owned(), is_error };
        let call = asked_for_leave();
        let parts = vec![Part::ToolResult { call: call.id.clone(), outcome }, Part::ToolCall(call)];
        let parts = parts.into_iter().rev().collect();
        body(&request(vec![answer(parts)]))["input"].clone()
    };
    let allowed = decided("The user has allowed this call.", false);
    assert_eq!(allowed[0]["type"], "mcp_approval_request");
    let yes = json!({ "type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": true });
    assert_eq!((&allowed[1], allowed.as_array().unwrap().len()), (&yes, 2));
    let no = json!({
        "type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": false, "reason": "Not now.",
    });
    assert_eq!(decided("Not now.", true)[1], no);
}

#[test]
fn nothing_is_kept_over_there() {
    let body = body(&request(Vec::new()));
    assert_eq!((&body["store"], &body["stream"]), (&json!(false), &json!(true)));
    assert_eq!((&body["instructions"], body.get("tools")), (&json!("Be brief."), None));
}
