//! What Gemini is sent.

use super::*;
use crate::domain::Container;

fn user(parts: Vec<Part>) -> PromptMessage {
    PromptMessage { role: Role::User, parts }
}

fn assistant(parts: Vec<Part>) -> PromptMessage {
    PromptMessage { role: Role::Assistant, parts }
}

fn call(id: &str, name: &str, signature: Option<&str>) -> Part {
    let call = ToolCall::new(CallId::from_provider(id), name, json!({}));
    Part::ToolCall(ToolCall { signature: signature.map(str::to_owned), ..call })
}

fn result(id: &str, content: &str, is_error: bool) -> Part {
    let outcome = ToolOutcome { content: content.to_owned(), is_error };
    Part::ToolResult { call: CallId::from_provider(id), outcome }
}

fn ran_code(id: &str) -> Part {
    let parts = json!([{ "executableCode": { "code": "1" } }, { "codeExecutionResult": { "output": "1" } }]);
    let call = ToolCall::new(CallId::from_provider(id), "code_execution", json!({}));
    Part::ToolCall(ToolCall { runner: Runner::Provider, signature: Some(parts.to_string()), ..call })
}

/// The kinds of the parts of each content.
fn outline(messages: &[PromptMessage]) -> Vec<String> {
    let kind = |part: &Value| {
        let fields = part.as_object().unwrap();
        fields.keys().filter(|name| *name != "thought").cloned().collect::<Vec<_>>().join("+")
    };
    let kinds = |content: &Value| {
        let kinds: Vec<_> = content["parts"].as_array().unwrap().iter().map(kind).collect();
        format!("{}: {}", content["role"].as_str().unwrap(), kinds.join(" "))
    };
    contents(messages).iter().map(kinds).collect()
}

#[test]
fn results_answer_their_calls_by_name_and_by_the_id_that_gemini_gave() {
    let steps = vec![
        Part::text("Let me look."),
        call("gp737npz", "get_weather", None),
        call("made_1", "now", None),
        result("gp737npz", "no such place", true),
        result("made_1", "noon", false),
        Part::text("It is noon."),
    ];
    let parameters = json!({ "type": "object", "properties": { "zone": { "type": "string", "examples": ["UTC"] } } });
    let request = ModelRequest {
        model: "gemini-2.5-flash".to_owned(),
        system: "Be brief.".to_owned(),
        messages: vec![
            user(vec![Part::text("What time is it?")]),
            assistant(steps),
            user(vec![Part::text("And now?")]),
        ],
        tools: vec![ToolSpec { name: "now".to_owned(), description: "The time.".to_owned(), parameters }],
        ..ModelRequest::default()
    };
    let expected = json!({
        "systemInstruction": { "parts": [{ "text": "Be brief." }] },
        "contents": [
            { "role": "user", "parts": [{ "text": "What time is it?" }] },
            { "role": "model", "parts": [
                { "text": "Let me look." },
                { "functionCall": { "id": "gp737npz", "name": "get_weather", "args": {} } },
                { "functionCall": { "name": "now", "args": {} } },
            ] },
            { "role": "user", "parts": [
                { "functionResponse": {
                    "id": "gp737npz",
                    "name": "get_weather",
                    "response": { "error": "no such place" },
                } },
                { "functionResponse": { "name": "now", "response": { "result": "noon" } } },
            ] },
            { "role": "model", "parts": [{ "text": "It is noon." }] },
            { "role": "user", "parts": [{ "text": "And now?" }] },
        ],
        "tools": [
            { "functionDeclarations": [{
                "name": "now",
                "description": "The time.",
                "parameters": { "type": "object", "properties": { "zone": { "type": "string" } } },
            }] },
        ],
    });
    assert_eq!(body(&request), expected);
    assert_eq!(calls(&request), 2);
}

#[test]
fn googles_own_tools_are_asked_for_in_its_words_and_stand_alone() {
    let code = HostedTool::CodeInterpreter { container: Container::default() };
    let stores = HostedTool::FileSearch { vector_store_ids: vec!["vs_1".to_owned()] };
    let request = ModelRequest {
        tools: vec![ToolSpec { name: "now".to_owned(), description: String::new(), parameters: json!({}) }],
        hosted: vec![HostedTool::WebSearch { user_location: None }, code, stores],
        ..ModelRequest::default()
    };
    assert_eq!(body(&request)["tools"], json!([{ "googleSearch": {} }, { "codeExecution": {} }]));
}

#[test]
fn the_steps_of_this_turn_keep_their_signatures_and_those_of_others_do_not() {
    let signed = || Part::Reasoning { text: "hm".to_owned(), signature: Some("sig".to_owned()) };
    let step = |id: &str| {
        vec![signed(), ran_code("c"), result("c", "1", false), call(id, "now", Some("s")), result(id, "noon", false)]
    };
    let messages =
        [user(vec![Part::text("1")]), assistant(step("a")), user(vec![Part::text("2")]), assistant(step("b"))];
    let expected = [
        "user: text",
        "model: functionCall",
        "user: functionResponse text",
        "model: text+thoughtSignature executableCode codeExecutionResult functionCall+thoughtSignature",
        "user: functionResponse",
    ];
    assert_eq!(outline(&messages), expected);
}

#[test]
fn neither_a_call_nor_a_result_is_sent_alone() {
    let lost = vec![call("a", "now", None), call("lost", "now", None), result("a", "noon", false)];
    let orphan = vec![Part::text("Hm."), result("orphan", "noon", false)];
    let messages = [user(vec![Part::text("1")]), assistant(lost), assistant(orphan), user(vec![Part::text("2")])];
    assert_eq!(
        outline(&messages),
        ["user: text", "model: functionCall", "user: functionResponse", "model: text", "user: text"]
    );
}

#[test]
fn broken_arguments_are_shown_inside_of_an_object() {
    let broken = Part::ToolCall(ToolCall::new(CallId::from_provider("a"), "now", json!("{\"zone\":")));
    let sent = contents(&[user(vec![Part::text("1")]), assistant(vec![broken, result("a", "not JSON", true)])]);
    assert_eq!(sent[1]["parts"][0]["functionCall"]["args"], json!({ "unreadable": "{\"zone\":" }));
}

#[test]
fn images_and_files_are_sent_as_far_as_they_are_taken() {
    let media = |media_type: &str, name: Option<&str>, content| Media {
        media_type: media_type.to_owned(),
        name: name.map(str::to_owned),
        content,
    };
    let parts = vec![
        Part::Image(media("image/png", None, MediaContent::Data("iVBO".to_owned()))),
        Part::File(media("application/pdf", Some("a.pdf"), MediaContent::Url("gs://b/a.pdf".to_owned()))),
        Part::File(media("application/zip", Some("a.zip"), MediaContent::Data("UEsD".to_owned()))),
    ];
    let expected = json!([
        { "inlineData": { "mimeType": "image/png", "data": "iVBO" } },
        { "fileData": { "mimeType": "application/pdf", "fileUri": "gs://b/a.pdf" } },
        { "text": "[file left out: a.zip]" },
    ]);
    assert_eq!(contents(&[user(parts)])[0]["parts"], expected);
}
