//! What Anthropic is sent.

use super::*;
use crate::domain::{Container, Media, MediaContent, ToolOutcome};

fn user(parts: Vec<Part>) -> PromptMessage {
    PromptMessage { role: Role::User, parts }
}

fn assistant(parts: Vec<Part>) -> PromptMessage {
    PromptMessage { role: Role::Assistant, parts }
}

fn call(id: &str) -> Part {
    Part::ToolCall(ToolCall::new(CallId::from_provider(id), "now", json!({})))
}

fn result(id: &str, content: &str, is_error: bool) -> Part {
    let outcome = ToolOutcome { content: content.to_owned(), is_error };
    Part::ToolResult { call: CallId::from_provider(id), outcome }
}

fn signed(text: &str, signature: &str) -> Part {
    Part::Reasoning { text: text.to_owned(), signature: Some(signature.to_owned()) }
}

fn searched(id: &str) -> Part {
    let blocks = json!([{ "type": "server_tool_use", "id": id }, { "type": "web_search_tool_result" }]);
    let mut call = ToolCall::new(CallId::from_provider(id), "web_search", json!({}));
    call.runner = Runner::Provider;
    call.signature = Some(blocks.to_string());
    Part::ToolCall(call)
}

/// The types of the blocks of each message.
fn outline(messages: &[PromptMessage]) -> Vec<String> {
    let kinds = |message: &Value| {
        let kinds = message["content"].as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap());
        format!("{}: {}", message["role"].as_str().unwrap(), kinds.collect::<Vec<_>>().join(" "))
    };
    super::messages(messages).iter().map(kinds).collect()
}

#[test]
fn all_results_of_a_step_are_one_message_before_the_next_step() {
    let steps = vec![
        Part::text("Let me look."),
        call("a"),
        call("b"),
        result("a", "noon", false),
        result("b", "no such place", true),
        Part::text("It is noon."),
    ];
    let request = ModelRequest {
        model: "claude-sonnet-4-5".to_owned(),
        system: "Be brief.".to_owned(),
        messages: vec![
            user(vec![Part::text("What time is it?")]),
            assistant(steps),
            user(vec![Part::text("And now?")]),
        ],
        tools: vec![ToolSpec {
            name: "now".to_owned(),
            description: "The time.".to_owned(),
            parameters: json!({ "type": "object" }),
        }],
        hosted: vec![
            HostedTool::WebSearch { user_location: serde_json::from_value(json!({ "city": "Graz" })).unwrap() },
            HostedTool::CodeInterpreter { container: Container::default() },
        ],
        ..ModelRequest::default()
    };
    let expected = json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 8192,
        "stream": true,
        "system": "Be brief.",
        "messages": [
            { "role": "user", "content": [{ "type": "text", "text": "What time is it?" }] },
            { "role": "assistant", "content": [
                { "type": "text", "text": "Let me look." },
                { "type": "tool_use", "id": "a", "name": "now", "input": {} },
                { "type": "tool_use", "id": "b", "name": "now", "input": {} },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "a", "content": "noon", "is_error": false },
                { "type": "tool_result", "tool_use_id": "b", "content": "no such place", "is_error": true },
            ] },
            { "role": "assistant", "content": [{ "type": "text", "text": "It is noon." }] },
            { "role": "user", "content": [{ "type": "text", "text": "And now?" }] },
        ],
        "tools": [
            { "name": "now", "description": "The time.", "input_schema": { "type": "object" } },
            {
                "type": "web_search_20250305",
                "name": "web_search",
                "user_location": { "type": "approximate", "city": "Graz" },
            },
            { "type": "code_execution_20250825", "name": "code_execution" },
        ],
    });
    assert_eq!(body(&request), expected);
}

#[test]
fn the_steps_of_this_turn_keep_their_signatures_and_those_of_others_do_not() {
    let before = vec![signed("hm", "old"), searched("s0"), result("s0", "[]", false), Part::text("Yes.")];
    let now = vec![
        signed("hm", "sig"),
        signed("", "redacted:xyz"),
        searched("s1"),
        result("s1", "[]", false),
        Part::text("Let me look."),
        call("a"),
        result("a", "noon", false),
    ];
    let messages = [user(vec![Part::text("1")]), assistant(before), user(vec![Part::text("2")]), assistant(now)];
    let now = "assistant: thinking redacted_thinking server_tool_use web_search_tool_result text tool_use";
    assert_eq!(outline(&messages), ["user: text", "assistant: text", "user: text", now, "user: tool_result"]);
    let sent = super::messages(&messages);
    assert_eq!(sent[3]["content"][0]["signature"], "sig");
    assert_eq!(sent[3]["content"][1]["data"], "xyz");
}

#[test]
fn neither_a_call_nor_a_result_is_sent_alone() {
    let lost = vec![call("a"), call("lost"), result("a", "noon", false)];
    let orphan = vec![Part::text("Hm."), result("orphan", "noon", false)];
    let messages = [user(vec![Part::text("1")]), assistant(lost), assistant(orphan), user(vec![Part::text("2")])];
    assert_eq!(
        outline(&messages),
        ["user: text", "assistant: tool_use", "user: tool_result", "assistant: text", "user: text"]
    );
}

#[test]
fn a_turn_that_ended_with_its_results_goes_on_in_the_same_message() {
    let messages = [
        user(vec![Part::text("1")]),
        assistant(vec![call("a"), result("a", "noon", false)]),
        user(vec![Part::text("2")]),
    ];
    assert_eq!(outline(&messages), ["user: text", "assistant: tool_use", "user: tool_result text"]);
}

#[test]
fn text_that_says_nothing_and_broken_arguments_are_not_sent_as_they_are() {
    let mut broken = ToolCall::new(CallId::from_provider("a"), "now", json!("{\"zone\":"));
    broken.signature = Some("not ours".to_owned());
    let step = assistant(vec![Part::text(" \n"), Part::ToolCall(broken), result("a", "not JSON", true)]);
    let sent = super::messages(&[user(vec![Part::text("1")]), step]);
    assert_eq!(sent[1]["content"][0]["input"], json!({ "unreadable": "{\"zone\":" }));
}

#[test]
fn images_and_files_are_sent_as_far_as_they_are_taken() {
    let media = |media_type: &str, name: Option<&str>, content| Media {
        media_type: media_type.to_owned(),
        name: name.map(str::to_owned),
        content,
    };
    let data = |text: &str| MediaContent::Data(text.to_owned());
    let url = || MediaContent::Url("https://example.org/it".to_owned());
    let parts = vec![
        Part::Image(media("image/png", None, data("iVBO"))),
        Part::Image(media("image/*", None, url())),
        Part::Image(media("image/tiff", None, data("SUkq"))),
        Part::File(media("application/pdf", Some("a.pdf"), data("JVBE"))),
        Part::File(media("application/pdf", None, url())),
        Part::File(media("text/csv", Some("a.csv"), data("YTti"))),
        Part::File(media("application/zip", Some("a.zip"), data("UEsD"))),
    ];
    let url = json!({ "type": "url", "url": "https://example.org/it" });
    let expected = json!([
        { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "iVBO" } },
        { "type": "image", "source": url },
        { "type": "text", "text": "[image left out]" },
        {
            "type": "document",
            "title": "a.pdf",
            "source": { "type": "base64", "media_type": "application/pdf", "data": "JVBE" },
        },
        { "type": "document", "source": url },
        {
            "type": "document",
            "title": "a.csv",
            "source": { "type": "text", "media_type": "text/plain", "data": "a;b" },
        },
        { "type": "text", "text": "[file left out: a.zip]" },
    ]);
    assert_eq!(super::messages(&[user(parts)])[0]["content"], expected);
}
