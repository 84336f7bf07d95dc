//! What is asked in the words of the Responses API.

use crate::domain::{CallRef, MediaContent, NewInput, Part, PromptMessage, Question, Role, TurnId};

use super::*;

fn parse(body: Value) -> Result<Create> {
    serde_json::from_value::<ResponseBody>(body).unwrap().parse()
}

fn question(input: &Value) -> Question {
    match parse(json!({ "input": input })).unwrap().request.new_input {
        NewInput::Question(question) => question,
        new_input => panic!("{new_input:?}"),
    }
}

fn decisions(input: &Value) -> Vec<(CallRef, Decision)> {
    match parse(json!({ "input": input })).unwrap().request.new_input {
        NewInput::Decisions(decisions, _) => decisions,
        new_input => panic!("{new_input:?}"),
    }
}

#[test]
fn a_question_is_a_text_or_items_with_images_and_files() {
    assert_eq!(question(&json!("Hi")).text(), "Hi");
    let parts = json!([{ "role": "user", "content": [
        { "type": "input_text", "text": "What is this?" },
        { "type": "input_image", "image_url": "data:image/webp;base64,AAAA", "detail": "auto" },
        { "type": "input_image", "image_url": "https://a.example/b.png" },
        { "type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,BBBB" },
        { "type": "input_file", "file_url": "https://a.example/c.pdf" },
    ]}]);
    let parts = question(&parts).into_parts();
    let Part::Image(image) = &parts[1] else { panic!("{parts:?}") };
    assert_eq!((image.media_type.as_str(), &image.content), ("image/webp", &MediaContent::Data("AAAA".to_owned())));
    let Part::File(file) = &parts[3] else { panic!("{parts:?}") };
    assert_eq!((file.media_type.as_str(), file.name.as_deref()), ("application/pdf", Some("a.pdf")));
    assert!(matches!(&parts[4], Part::File(file) if matches!(file.content, MediaContent::Url(_))));
}

#[test]
fn a_conversation_is_told_in_items_and_those_that_say_nothing_are_none() {
    let create = parse(json!({
        "instructions": "Be brief.",
        "input": [
            { "role": "developer", "content": "Say it in German." },
            { "role": "user", "content": "The time?" },
            { "role": "assistant", "content": [{ "type": "output_text", "text": "" }] },
            { "type": "reasoning", "id": "rs_1", "summary": [] },
            { "type": "mcp_call", "id": "mcp_1_c", "name": "now", "arguments": "{}", "output": "noon", "error": null },
            { "type": "mcp_call", "id": "mcp_1_d", "name": "now", "arguments": "{}", "output": null, "error": null },
            { "type": "web_search_call", "id": "ws_1" },
            { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Mittag." }] },
            { "role": "user", "content": "Thanks" },
        ],
    }))
    .unwrap();
    let request = create.request;
    assert_eq!(request.system.as_deref(), Some("Be brief.\n\nSay it in German."));
    let [asked, answered] = &request.history[..] else { panic!("{:?}", request.history) };
    assert_eq!((asked.role, answered.role), (Role::User, Role::Assistant));
    assert_eq!(answered.parts.len(), 3, "the call that came to something, what it came to, and the answer");
    assert!(matches!(&answered.parts[1], Part::ToolResult { outcome, .. } if outcome.content == "noon"));
    assert!(matches!(request.new_input, NewInput::Question(question) if question.text() == "Thanks"));
}

#[test]
fn what_came_of_a_call_and_what_its_user_allows_goes_to_the_turn_that_waits() {
    let call = json!({ "type": "function_call", "call_id": "call_7_a", "name": "f", "arguments": "{\"x\":1}" });
    let output = json!([{ "type": "input_text", "text": "3" }]);
    let outcome = json!({ "type": "function_call_output", "call_id": "call_7_a", "output": output });
    let asked = json!({ "role": "user", "content": "Run it." });
    let history = decisions(&json!([asked, call, outcome]));
    assert_eq!(history[0].0.to_string(), "call_7_a");
    assert!(matches!(&history[0].1, Decision::Outcome(outcome) if outcome.content == "3"));
    for (approve, decision) in [(true, Decision::Allow), (false, Decision::Deny { reason: None })] {
        let answer = json!({ "type": "mcp_approval_response", "approval_request_id": "mcpr_7_a", "approve": approve });
        let history = decisions(&json!([asked, { "type": "mcp_approval_request", "id": "mcpr_7_a" }, answer]));
        assert_eq!((history[0].0.to_string().as_str(), &history[0].1), ("call_7_a", &decision));
    }
}

#[test]
fn how_an_answer_shall_be_made_is_said_in_their_words() {
    let how = json!({ "input": "Hi", "reasoning": { "effort": "xhigh" }, "max_output_tokens": 9, "temperature": 0.5 });
    let options = parse(how).unwrap().request.options;
    assert_eq!((options.reasoning, options.max_tokens, options.temperature), (Some(Effort::High), Some(9), Some(0.5)));
}

#[test]
fn what_would_be_lost_is_refused_by_its_name() {
    let user = json!({ "role": "user", "content": "Hi" });
    for (body, field) in [
        (json!({ "input": "Hi", "tools": [{ "type": "image_generation" }] }), "tools"),
        (json!({ "input": "Hi", "tools": [{ "name": "f" }] }), "tools"),
        (json!({ "input": "Hi", "metadata": { "about": 7 } }), "metadata"),
        (json!({ "input": [{ "content": "Hi" }] }), "input"),
        (json!({ "input": [{ "role": "tool", "content": "Hi" }] }), "input"),
        (json!({ "input": [{ "role": "user", "content": [{ "type": "input_audio" }] }] }), "input"),
        (json!({ "input": [{ "type": "function_call_output", "output": "x" }] }), "input"),
        (
            json!({ "input": [user, { "role": "assistant", "content": "Hi" }, user], "previous_response_id": "resp_1" }),
            "input",
        ),
        (json!({ "input": "Hi", "previous_response_id": "resp_1", "conversation": "conv_1" }), "conversation"),
        (json!({ "input": "Hi", "reasoning": { "effort": "some" } }), "reasoning.effort"),
    ] {
        let refused = parse(body.clone()).err().unwrap_or_else(|| panic!("{body} passed"));
        assert_eq!(refused.faults()[0].field, field, "{body}");
    }
    for unknown in [json!({ "previous_response_id": "chatcmpl-1" }), json!({ "conversation": { "id": "x" } })] {
        let mut body = json!({ "input": "Hi" });
        body.as_object_mut().unwrap().extend(unknown.as_object().unwrap().clone());
        assert_eq!(parse(body).err().unwrap().kind(), crate::error::ErrorKind::NotFound);
    }
}

#[test]
fn a_conversation_that_is_kept_here_is_named_and_only_what_is_new_is_told() {
    let create = parse(json!({ "input": "Hi", "previous_response_id": "resp_12_7" })).unwrap();
    assert_eq!(create.previous.map(|id| id.to_string()).as_deref(), Some("resp_12_7"));
    assert_eq!(create.request.history, Vec::<PromptMessage>::new());
    let named = parse(json!({ "input": "Hi", "conversation": "conv_12" })).unwrap();
    assert_eq!(named.conversation.map(|id| id.to_string()).as_deref(), Some("12"));
}

#[test]
fn an_item_that_is_named_stands_where_its_name_stood() {
    let named = |input: Value| serde_json::from_value::<ResponseBody>(json!({ "input": input })).unwrap();
    let content = json!([{ "type": "output_text", "text": "Hello." }]);
    let said = json!({ "role": "assistant", "type": "message", "id": "msg_7_0", "content": content });
    let reference = json!({ "type": "item_reference", "id": "msg_7_0" });
    let question = json!({ "role": "user", "content": "Hi" });
    // Without a type it is one, too; a message that has an id is none.
    let mut body = named(json!([reference, { "id": "msg_8_0" }, { "id": "msg_9_0", "role": "user", "content": "Hi" }]));
    assert_eq!(body.turns().unwrap(), [TurnId::parse("7").unwrap(), TurnId::parse("8").unwrap()]);
    let known = [said];
    assert_eq!(body.fill(&known).unwrap_err().code(), "item_not_found");
    let mut body = named(json!([question, reference, question]));
    body.fill(&known).unwrap();
    assert_eq!(body.parse().unwrap().request.history[1].parts, [Part::text("Hello.")]);
    for nobodys in ["msg", "", "msg_", "msg_a/b"] {
        assert!(named(json!([{ "type": "item_reference", "id": nobodys }])).turns().is_err(), "{nobodys}");
    }
    let many: Vec<_> =
        (0..101).map(|turn| json!({ "type": "item_reference", "id": format!("msg_{turn}_0") })).collect();
    assert!(named(many.into()).turns().is_err());
}

/// As everywhere: every API reads such URLs with the same parser.
#[test]
fn a_data_url_without_a_type_is_of_the_usual_one() {
    let content =
        json!([{ "type": "input_image", "image_url": "data:;base64,AAAA" }, { "type": "input_text", "text": "?" }]);
    let body: ResponseBody =
        serde_json::from_value(json!({ "input": [{ "role": "user", "content": content }] })).unwrap();
    let NewInput::Question(question) = body.parse().unwrap().request.new_input else { panic!() };
    assert!(matches!(&question.parts()[0], Part::Image(media) if media.media_type == "image/png"));
}
