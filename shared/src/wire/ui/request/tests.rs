//! What clients send, and what it means to us.

use serde_json::json;

use super::*;
use crate::domain::{NewInput, Role};

fn parse(body: Value) -> Result<Chat> {
    serde_json::from_value::<ChatBody>(body).unwrap().parse()
}

fn decisions(chat: Chat) -> Vec<(String, Decision)> {
    let NewInput::Decisions(decisions, _) = chat.request.new_input else { panic!("{:?}", chat.request.new_input) };
    decisions.into_iter().map(|(call, decision)| (call.to_string(), decision)).collect()
}

fn outcome(content: &str, is_error: bool) -> Decision {
    Decision::Outcome(ToolOutcome { content: content.to_owned(), is_error })
}

fn user(text: &str) -> Value {
    json!({ "id": "u", "role": "user", "parts": [{ "type": "text", "text": text }] })
}

fn assistant(parts: &Value) -> Value {
    json!({ "id": "8", "role": "assistant", "parts": parts })
}

fn returned(call: &str, output: &Value) -> Value {
    json!({ "type": "tool-open_file", "toolCallId": call, "state": "output-available", "input": {}, "output": output })
}

#[test]
fn a_conversation_is_told_without_what_only_a_page_shows() {
    let said = json!([
        { "type": "step-start" }, { "type": "reasoning", "text": "Hm." }, { "type": "text", "text": "Hello." },
        { "type": "source-url", "sourceId": "s", "url": "https://a.example" }, { "type": "data-x", "data": 1 },
    ]);
    let looks = json!({ "id": "u", "role": "user", "metadata": {}, "parts": [
        { "type": "file", "mediaType": "image/png", "filename": "a.png", "url": "data:image/png;base64,iVBORw==" },
        { "type": "file", "mediaType": "application/pdf", "url": "https://a.example/b.pdf" },
        { "type": "text", "text": "What is it?", "state": "done" },
    ]});
    let system = json!({ "id": "s", "role": "system", "parts": [{ "type": "text", "text": "Be brief." }] });
    let chat = parse(json!({
        "model": "scripted", "id": "a chat", "messages": [system, user("Hi"), assistant(&said), looks],
        "trigger": "submit-message", "messageId": null,
    }));
    let chat = chat.unwrap();
    assert!(chat.keeps && chat.regenerate.is_none());
    assert_eq!((chat.id.as_deref(), chat.request.system.as_deref()), (Some("a chat"), Some("Be brief.")));
    assert_eq!(chat.request.history[1].parts, [Part::text("Hello.")]);
    let NewInput::Question(question) = chat.request.new_input else { panic!() };
    assert!(matches!(question.parts(), [Part::Image(_), Part::File(_), Part::Text { .. }]));
}

#[test]
fn all_that_came_of_the_last_steps_calls_is_new() {
    let parts = json!([
        { "type": "step-start" }, returned("call_7_old", &json!("x")),
        { "type": "step-start" }, returned("call_7_a", &json!({ "lines": 3 })), returned("now_1", &json!("noon")),
        { "type": "dynamic-tool", "toolName": "b", "toolCallId": "call_7_b", "state": "output-error", "errorText": "no" },
        { "type": "tool-rm", "toolCallId": "rm", "state": "approval-responded", "input": {},
          "approval": { "id": "call_7_rm", "approved": false, "reason": "Mine." } },
    ]);
    let chat = parse(json!({ "id": "c", "messages": [user("Hi"), assistant(&parts)], "messageId": "8" })).unwrap();
    assert!(chat.request.history.is_empty(), "the turn knows what was said since its question");
    let denied = Decision::Deny { reason: Some("Mine.".to_owned()) };
    let history =
        [("call_7_a", outcome("{\"lines\":3}", false)), ("call_7_b", outcome("no", true)), ("call_7_rm", denied)];
    assert_eq!(decisions(chat), history.map(|(call, decision)| (call.to_owned(), decision)));
}

#[test]
fn who_asks_something_new_has_given_up_what_was_waited_for() {
    let parts = json!([{ "type": "step-start" }, returned("call_7_a", &json!("x"))]);
    let chat = parse(json!({ "messages": [user("Hi"), assistant(&parts), user("Another thing")] })).unwrap();
    assert!(matches!(chat.request.new_input, NewInput::Question(question) if question.text() == "Another thing"));
    assert_eq!(
        chat.request.history.iter().map(|message| message.role).collect::<Vec<_>>(),
        [Role::User, Role::Assistant]
    );
}

#[test]
fn another_answer_is_wanted_to_the_last_question_or_to_one_that_is_named() {
    let regenerate = |id: Value| {
        let body = json!({ "messages": [user("Hi")], "trigger": "regenerate-message", "messageId": id });
        parse(body).unwrap().regenerate
    };
    assert_eq!(regenerate(Value::Null), Some(Regenerate::Last));
    assert_eq!(regenerate(json!("u")), Some(Regenerate::Last), "the question itself");
    assert_eq!(regenerate(json!("8")), Some(Regenerate::Only(MessageId::parse("8").unwrap())));
}

#[test]
fn a_server_that_keeps_the_conversation_is_told_one_message() {
    let chat = parse(json!({ "id": "c", "message": user("Hi"), "selectedChatModel": "chat-model" })).unwrap();
    assert!(!chat.keeps && chat.request.history.is_empty());
    for refused in [
        json!({ "id": "c" }),
        json!({ "messages": [] }),
        json!({ "message": user("Hi"), "system": "Be brief." }),
        json!({ "messages": [{ "role": "user", "parts": [{ "type": "file", "url": "data:text/plain,hello" }] }] }),
        json!({ "messages": [user("Hi"), assistant(&json!([{ "type": "tool-x", "state": "output-available" }]))] }),
    ] {
        assert!(parse(refused.clone()).is_err(), "{refused}");
    }
}
