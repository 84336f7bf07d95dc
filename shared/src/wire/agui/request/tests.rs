//! What runs bring, and what it means to us.

use serde_json::json;

use super::*;
use crate::domain::{NewInput, Role};

fn parse(messages: &Value, more: &Value) -> Result<Run> {
    let mut body = json!({ "threadId": "t", "runId": "r", "state": {}, "tools": [], "messages": messages });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value::<RunBody>(body).unwrap().parse()
}

fn called(id: &str) -> Value {
    let function = json!({ "name": "open_file", "arguments": "{\"path\":\"a\"}" });
    json!({ "id": "a", "role": "assistant", "toolCalls": [{ "id": id, "type": "function", "function": function }] })
}

fn user(text: &str) -> Value {
    json!({ "id": "u", "role": "user", "content": text })
}

#[test]
fn a_conversation_is_told_with_all_that_can_be_said() {
    let looks = json!([
        { "type": "text", "text": "What is it?" },
        { "type": "image", "source": { "type": "data", "value": "iVBORw==", "mimeType": "image/png" } },
        { "type": "document", "source": { "type": "url", "value": "https://a.example/b.pdf" } },
        { "type": "binary", "mimeType": "image/png", "data": "iVBORw==" },
    ]);
    let messages = json!([
        { "id": "s", "role": "developer", "content": "Be brief." },
        user("Hi"),
        { "id": "r", "role": "reasoning", "content": "Hm." },
        called("c1"),
        { "id": "t", "role": "tool", "toolCallId": "c1", "content": "", "error": "gone" },
        { "id": "x", "role": "activity", "activityType": "plan", "content": { "steps": 1 } },
        { "id": "a", "role": "assistant", "content": "Hello." },
        { "id": "u", "role": "user", "content": looks },
    ]);
    let more = json!({
        "context": [{ "description": "page", "value": "/a" }], "forwardedProps": { "model": "scripted" },
        "tools": [{ "name": "open_file", "description": "Opens" }],
    });
    let run = parse(&messages, &more).unwrap();
    assert!(run.keeps && run.notes.len() == 1 && run.request.tools[0].parameters["type"] == "object");
    assert_eq!((run.request.system.as_deref(), run.request.model.as_deref()), (Some("Be brief."), Some("scripted")));
    let roles: Vec<_> = run.request.history.iter().map(|message| (message.role, message.parts.len())).collect();
    assert_eq!(roles, [(Role::User, 1), (Role::Assistant, 3)]);
    let NewInput::Question(question) = run.request.new_input else { panic!() };
    assert!(matches!(question.parts(), [Part::Text { .. }, Part::Image(_), Part::File(_), Part::Image(_)]));
}

#[test]
fn who_tells_nothing_but_a_question_leaves_the_conversation_to_us() {
    assert!(!parse(&json!([user("Hi")]), &json!({ "context": [] })).unwrap().keeps);
}

#[test]
fn what_came_of_a_call_goes_to_its_turn_unless_something_new_is_asked() {
    let back = json!({ "id": "t", "role": "tool", "toolCallId": "call_7_c1", "content": "nothing" });
    let mut messages = json!([user("Hi"), called("call_7_c1"), back]);
    let NewInput::Decisions(decisions, _) = parse(&messages, &json!({})).unwrap().request.new_input else { panic!() };
    let content = "nothing".to_owned();
    assert_eq!((decisions.len(), &decisions[0].1), (1, &Decision::Outcome(ToolOutcome { content, is_error: false })));
    messages.as_array_mut().unwrap().push(user("Another thing"));
    assert!(matches!(parse(&messages, &json!({})).unwrap().request.new_input, NewInput::Question(_)));
}

#[test]
fn leave_is_given_in_so_many_words() {
    let messages = json!([user("Hi"), called("c1")]);
    let decision = |status: &str, payload: Value| {
        let resume = json!({ "resume": [{ "interruptId": "call_7_c1", "status": status, "payload": payload }] });
        let NewInput::Decisions(mut decisions, _) = parse(&messages, &resume)?.request.new_input else { panic!() };
        Ok::<_, Error>(decisions.remove(0).1)
    };
    assert_eq!(decision("resolved", json!({ "approved": true })).unwrap(), Decision::Allow);
    let denied = Decision::Deny { reason: Some("Mine.".to_owned()) };
    assert_eq!(decision("resolved", json!({ "approved": false, "reason": "Mine." })).unwrap(), denied);
    assert_eq!(decision("cancelled", Value::Null).unwrap(), Decision::Deny { reason: None });
    for unclear in [Value::Null, json!("yes"), json!({ "approved": "true" }), json!({})] {
        assert!(decision("resolved", unclear.clone()).is_err(), "{unclear}");
    }
    let asked = json!([user("Hi"), called("c1"), user("Another thing")]);
    let resume = |status: &str| json!({ "resume": [{ "interruptId": "call_7_c1", "status": status, "payload": { "approved": true } }] });
    assert!(parse(&asked, &resume("resolved")).is_err(), "one of both would be lost");
    assert!(matches!(parse(&asked, &resume("cancelled")).unwrap().request.new_input, NewInput::Question(_)));
}
