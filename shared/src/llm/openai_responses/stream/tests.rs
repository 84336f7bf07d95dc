//! The parser against streams written down after `OpenAI`'s documentation of them.

use serde_json::{Value, json};

use super::*;
use crate::domain::{CallId, Citation, ToolCall, ToolOutcome};
use crate::llm::playback::{self, calls, outcomes, said, stop};

macro_rules! cassette {
    ($name:literal) => {
        include_str!(concat!("../cassettes/", $name, ".sse"))
    };
}

fn parse(stream: &str) -> (Vec<ModelEvent>, Result<()>) {
    playback::play(ResponsesParser::default(), stream.as_bytes())
}

fn whole(stream: &str) -> Vec<ModelEvent> {
    playback::whole(parse(stream))
}

/// What was streamed of the arguments of a call.
fn streamed(events: &[ModelEvent], id: &str) -> Value {
    let piece = |event: &ModelEvent| match event {
        ModelEvent::ToolArguments { call, delta } if call.as_str() == id => Some(delta.clone()),
        _ => None,
    };
    serde_json::from_str(&events.iter().filter_map(piece).collect::<String>()).unwrap()
}

fn citations(events: &[ModelEvent]) -> Vec<Citation> {
    let cited = |event: &ModelEvent| match event {
        ModelEvent::Cited { citation } => Some(citation.clone()),
        _ => None,
    };
    events.iter().filter_map(cited).collect()
}

#[test]
fn a_plain_answer_is_whole_and_its_tokens_are_counted() {
    let events = whole(cassette!("a-plain-answer"));
    assert_eq!(said(&events, TextKind::Answer), "Grüß dich, Welt 👋");
    let usage = Usage {
        input_tokens: Some(32),
        cached_tokens: Some(16),
        output_tokens: Some(8),
        reasoning_tokens: Some(0),
        estimated: false,
    };
    assert_eq!(stop(&events), (StopReason::Finished, usage));
}

#[test]
fn a_stream_that_is_cut_anywhere_before_its_last_event_was_cut_off() {
    let stream = cassette!("reasoning-then-two-calls");
    let ends: Vec<usize> = stream.match_indices("\n\n").map(|(at, _)| at + 2).collect();
    for end in &ends[..ends.len() - 1] {
        let (_, result) = parse(&stream[..*end]);
        assert_eq!(result.unwrap_err().code(), "model_cut_off", "cut at {end}");
    }
}

#[test]
fn two_calls_are_put_together_after_signed_reasoning() {
    let events = whole(cassette!("reasoning-then-two-calls"));
    assert_eq!(said(&events, TextKind::Reasoning), "**Looking up**\n\nTwo cities.");
    let call = |id, city| ToolCall::new(CallId::from_provider(id), "weather", json!({ "city": city }));
    assert_eq!(calls(&events), [call("call_a", "Rome"), call("call_b", "Oslo")]);
    assert_eq!(streamed(&events, "call_b"), json!({ "city": "Oslo" }));
    assert_eq!(stop(&events).0, StopReason::ToolCalls);
    assert_eq!(stop(&events).1.reasoning_tokens, Some(40));
}

#[test]
fn signed_reasoning_is_the_item_as_it_came_within_its_block() {
    let events = whole(cassette!("reasoning-then-two-calls"));
    let signed = events.iter().position(|event| matches!(event, ModelEvent::ReasoningSigned { .. })).unwrap();
    let ModelEvent::ReasoningSigned { block, signature } = &events[signed] else { unreachable!() };
    let item: Value = serde_json::from_str(signature).unwrap();
    assert_eq!((&item["id"], &item["encrypted_content"]), (&json!("rs_1"), &json!("gAAAAB-locked")));
    assert_eq!(item["summary"].as_array().unwrap().len(), 2);
    assert!(item.get("status").is_none());
    let end = ModelEvent::TextEnded { block: *block, kind: TextKind::Reasoning };
    assert_eq!(events[signed + 1], end);
}

#[test]
fn reasoning_that_is_not_said_aloud_is_signed_all_the_same() {
    let done = r#"{"type":"response.output_item.done","output_index":0,
        "item":{"type":"reasoning","id":"rs","summary":[],"encrypted_content":"x"}}"#;
    let events = parse(&format!("data: {}\n\n", done.replace('\n', ""))).0;
    assert!(matches!(events[0], ModelEvent::TextStarted { kind: TextKind::Reasoning, .. }));
    assert!(matches!(events[1], ModelEvent::ReasoningSigned { .. }));
    assert!(matches!(events[2], ModelEvent::TextEnded { .. }));
}

#[test]
fn a_web_search_is_a_tool_that_the_provider_ran_and_its_places_are_cited() {
    let events = whole(cassette!("web-search-with-citations"));
    let [search] = &calls(&events)[..] else { panic!("one search") };
    assert_eq!((search.name.as_str(), search.runner), ("web_search", Runner::Provider));
    assert_eq!(search.arguments["query"], "rust 2026");
    assert_eq!(streamed(&events, "ws_1"), search.arguments);
    let outcome = ToolOutcome { content: "https://blog.rust-lang.org/\nhttps://lwn.net/".to_owned(), is_error: false };
    assert_eq!(outcomes(&events), [outcome]);
    let url = Some("https://blog.rust-lang.org/".to_owned());
    let blog = Citation { url, title: Some("Rust Blog".to_owned()), ..Citation::default() };
    assert_eq!(citations(&events), [blog]);
    // The provider has run it: nobody waits for us.
    assert_eq!(stop(&events).0, StopReason::Finished);
}

#[test]
fn code_streams_as_json_and_its_file_is_named_with_its_container() {
    let events = whole(cassette!("code-that-makes-a-file"));
    let code = json!({ "code": "print(\"grüß\\n\")" });
    assert_eq!(streamed(&events, "ci_1"), code);
    assert_eq!(calls(&events)[0].arguments, code);
    assert_eq!(outcomes(&events)[0].content, "grüß");
    assert_eq!(citations(&events)[0].file.as_deref(), Some("cntr_9/cfile_3"));
}

#[test]
fn a_file_search_tells_what_it_found() {
    let events = whole(cassette!("file-search"));
    assert_eq!(calls(&events)[0].arguments, json!({ "queries": ["refunds"] }));
    assert_eq!(outcomes(&events)[0].content, "terms.pdf\nThirty days.");
    assert_eq!(citations(&events)[0].file.as_deref(), Some("file-1"));
}

#[test]
fn a_remote_tool_that_fails_is_an_outcome_and_not_an_error() {
    let events = whole(cassette!("remote-mcp-of-which-one-call-fails"));
    assert_eq!(calls(&events).iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["roll", "roll"]);
    assert_eq!(streamed(&events, "mcp_2"), json!({ "sides": 6 }));
    let failed: Vec<bool> = outcomes(&events).iter().map(|outcome| outcome.is_error).collect();
    assert_eq!(failed, [false, true]);
    assert_eq!(outcomes(&events)[0].content, "4");
}

#[test]
fn a_remote_tool_that_needs_leave_is_called_and_asks_for_it_once() {
    let events = whole(cassette!("remote-mcp-that-asks-for-approval"));
    let [call] = &calls(&events)[..] else { panic!("one call") };
    assert_eq!((call.name.as_str(), call.runner, &call.arguments), ("roll", Runner::Provider, &json!({ "sides": 6 })));
    let item: Value = serde_json::from_str(call.signature.as_deref().unwrap()).unwrap();
    assert_eq!((&item["type"], &item["id"]), (&json!("mcp_approval_request"), &json!("mcpr_1")));
    let asked = events.iter().filter(|event| matches!(event, ModelEvent::ApprovalRequested { .. })).count();
    assert_eq!((asked, outcomes(&events).len(), stop(&events).0), (1, 0, StopReason::ToolCalls));
}

#[test]
fn leave_that_is_asked_for_at_the_end_only_is_asked_for() {
    let stream = cassette!("remote-mcp-that-asks-for-approval");
    let last = &stream[stream.rfind("event:").unwrap()..];
    let events = whole(last);
    assert_eq!(calls(&events)[0].arguments, json!({ "sides": 6 }));
    assert!(events.iter().any(|event| matches!(event, ModelEvent::ApprovalRequested { .. })));
}

#[test]
fn what_a_provider_ran_goes_back_as_it_came() {
    let events = whole(cassette!("remote-mcp-of-which-one-call-fails"));
    let item: Value = serde_json::from_str(calls(&events)[0].signature.as_deref().unwrap()).unwrap();
    assert_eq!((&item["type"], &item["output"]), (&json!("mcp_call"), &json!("4")));
}

#[test]
fn a_refusal_is_said_and_stops_as_one() {
    let events = whole(cassette!("a-refusal"));
    assert_eq!(said(&events, TextKind::Answer), "I cannot help.");
    assert_eq!(stop(&events).0, StopReason::Refused);
}

#[test]
fn an_answer_that_ran_out_of_tokens_is_whole_and_says_so() {
    let events = whole(cassette!("out-of-tokens"));
    assert_eq!(said(&events, TextKind::Answer), "Once upon");
    assert_eq!(stop(&events).0, StopReason::Length);
}

#[test]
fn an_error_in_the_stream_is_told_without_the_providers_words() {
    for (stream, code) in [
        (cassette!("asked-too-much-in-the-stream"), "model_busy"),
        (cassette!("an-error-after-some-words"), "model_failed"),
    ] {
        let error = parse(stream).1.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn an_error_that_is_no_event_is_one_all_the_same() {
    let error = parse("data: {\"error\":{\"code\":\"rate_limit_exceeded\"}}\n\n").1.unwrap_err();
    assert_eq!(error.code(), "model_busy");
}

#[test]
fn a_doubled_end_and_unknown_events_add_nothing() {
    let stream = cassette!("a-plain-answer");
    let last = &stream[stream.rfind("event:").unwrap()..];
    let unknown = "data: {\"type\":\"response.new\",\"delta\":{\"x\":1},\"output_index\":\"7\"}\n\n: hello\n\n";
    assert_eq!(whole(&format!("{unknown}{stream}{last}data: [DONE]\n\n")), whole(stream));
}

#[test]
fn a_doubled_end_of_an_item_calls_once() {
    let stream = cassette!("reasoning-then-two-calls");
    let from = stream.rfind("event: response.output_item.done").unwrap();
    let item = &stream[from..stream.rfind("event: response.completed").unwrap()];
    let doubled = stream.replace(item, &item.repeat(2));
    assert_eq!(calls(&whole(&doubled)).len(), 2);
}

#[test]
fn garbage_is_an_error_and_is_not_quoted() {
    for garbage in ["<html>secret</html>", "{", "\"secret\""] {
        let error = parse(&format!("data: {garbage}\n\n")).1.unwrap_err();
        assert_eq!(error.code(), "model_garbled", "{garbage}");
        assert!(!error.public().contains("secret"));
    }
}

#[test]
fn a_call_without_end_is_refused() {
    let added = r#"data: {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call"}}"#;
    let piece = "x".repeat(200 * 1024);
    let delta = json!({ "type": "response.function_call_arguments.delta", "output_index": 0, "delta": piece });
    let error = parse(&format!("{added}\n\ndata: {delta}\n\ndata: {delta}\n\n")).1.unwrap_err();
    assert_eq!(error.code(), "model_garbled");
}
