//! Recorded answers of Anthropic, and what they are to us.

use serde_json::json;

use super::*;
use crate::domain::{Part, Role, Transcript, TurnEvent};
use crate::llm::PromptMessage;
use crate::llm::playback::{cuts_taken_for_whole, lines, play, whole};

const PLAIN: &str = include_str!("../cassettes/plain.sse");
const THINKING: &str = include_str!("../cassettes/thinking-with-signature-then-tool.sse");
const TWO_TOOLS: &str = include_str!("../cassettes/two-parallel-tools.sse");
const WEB_SEARCH: &str = include_str!("../cassettes/web-search-with-citations.sse");
const CODE: &str = include_str!("../cassettes/code-that-ran.sse");
const OVERLOADED: &str = include_str!("../cassettes/overloaded-mid-stream.sse");
const PAUSE: &str = include_str!("../cassettes/pause-in-a-search.sse");
const AFTER: &str = include_str!("../cassettes/after-the-pause.sse");
const CUT: &str = include_str!("../cassettes/cut.sse");
const REFUSAL: &str = include_str!("../cassettes/refusal.sse");
const UNKNOWN: &str = include_str!("../cassettes/unknown-events.sse");

fn heard(recording: &str) -> Vec<String> {
    lines(&whole(play(AnthropicParser::default(), recording.as_bytes())))
}

#[test]
fn an_answer_is_said_and_counted_with_the_cache_in_its_input() {
    let end = "Finished, 2112 tokens in (2000 cached), 15 out (? reasoning)";
    assert_eq!(heard(PLAIN), ["Answer 0", "\"Grüß dich, Ada 👋", "/Answer 0", end]);
}

#[test]
fn thinking_is_signed_also_where_it_is_not_shown_and_a_call_is_put_together() {
    let redacted = "signed 1: redacted:EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpP==";
    let expected = [
        "Reasoning 0",
        "\"I need the clock.",
        "signed 0: EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds==",
        "/Reasoning 0",
        "Reasoning 1",
        redacted,
        "/Reasoning 1",
        "Answer 2",
        "\"Let me look.",
        "/Answer 2",
        "started now toolu_01Now",
        "arguments {\"zone\": \"Europe/Berlin\"}",
        "called now toolu_01Now {\"zone\":\"Europe/Berlin\"}",
        "ToolCalls, 500 tokens in (0 cached), 89 out (31 reasoning)",
    ];
    assert_eq!(heard(THINKING), expected);
}

#[test]
fn two_calls_of_one_step_are_two_calls_and_one_may_need_no_arguments() {
    let expected = [
        "started get_weather toolu_01A",
        "arguments {\"location\":\"Oslo\"}",
        "called get_weather toolu_01A {\"location\":\"Oslo\"}",
        "started now toolu_01B",
        "called now toolu_01B {}",
        "ToolCalls, 400 tokens in (? cached), 60 out (? reasoning)",
    ];
    assert_eq!(heard(TWO_TOOLS), expected);
}

#[test]
fn a_search_is_run_by_the_provider_and_what_is_cited_is_one_block() {
    let heard = heard(WEB_SEARCH);
    let called = "called web_search srvtoolu_01Search {\"query\":\"Claude Shannon born\"} by the provider signed [{";
    assert_eq!(heard[..3], ["Answer 0", "\"I'll search.", "/Answer 0"]);
    assert!(heard[5].starts_with(called) && heard[5].contains("EqgfCioIARgBIiQ3YTAwMjY1Mi1m"), "{}", heard[5]);
    assert!(heard[6].starts_with("ran srvtoolu_01Search: [{") && heard[6].contains("example.org/shannon"));
    assert!(!heard[6].contains("encrypted"), "{}", heard[6]);
    let cited = "cited https://example.org/shannon | Claude Shannon | - | Born April 30, 1916";
    assert_eq!(heard[7..12], ["Answer 1", "\"He was born ", cited, "\"on April 30, 1916.", "/Answer 1"]);
    assert_eq!(heard[13], "arguments {\"query\":\"more\"}");
    assert_eq!(heard[15], "failed srvtoolu_02Search: max_uses_exceeded");
    assert_eq!(heard[16], "Finished, 10682 tokens in (0 cached), 510 out (? reasoning)");
}

#[test]
fn code_that_ran_over_there_is_a_tool_of_the_provider_with_what_it_printed() {
    let heard = heard(CODE);
    assert_eq!(heard[0], "started bash_code_execution srvtoolu_01Code");
    assert!(heard[2].contains("by the provider signed [{"), "{heard:?}");
    assert!(heard[3].starts_with("ran srvtoolu_01Code: {") && heard[3].contains("1024\\n"), "{heard:?}");
    assert_eq!(heard[4..7], ["Answer 0", "\"1024.", "/Answer 0"]);
}

#[test]
fn what_a_search_leaves_with_us_is_what_came() {
    let (events, _) = play(AnthropicParser::default(), WEB_SEARCH.as_bytes());
    let signature = |event: &ModelEvent| match event {
        ModelEvent::ToolCalled { call } => call.signature.clone(),
        _ => None,
    };
    let blocks: Value = serde_json::from_str(&events.iter().find_map(signature).unwrap()).unwrap();
    assert_eq!(blocks[0]["input"]["query"], "Claude Shannon born");
    assert_eq!(blocks[1]["content"][0]["encrypted_content"], "EqgfCioIARgBIiQ3YTAwMjY1Mi1m");
}

#[test]
fn a_search_that_pauses_before_its_result_goes_on_with_it_in_the_next_step() {
    let (events, _) = play(AnthropicParser::default(), PAUSE.as_bytes());
    let paused = lines(&events);
    assert!(paused[5].starts_with("called web_search srvtoolu_01Search") && paused[5].contains(" signed [{"));
    assert_eq!(paused[6], "Unfinished, 2679 tokens in (0 cached), 60 out (? reasoning)");

    let said: Vec<TurnEvent> = events.into_iter().map(TurnEvent::Model).collect();
    let mut transcript = Transcript::of(&said);
    let parts = transcript.clone().into_parts();
    let messages = vec![PromptMessage { role: Role::Assistant, parts }];
    let parser = AnthropicParser::after(&ModelRequest { messages, ..ModelRequest::default() });
    let (events, _) = play(parser, AFTER.as_bytes());
    let rest = lines(&events);
    assert!(rest[0].starts_with("signed srvtoolu_01Search: [{") && rest[0].contains("EqgfCioIARgBIiQ3YTAwMjY1Mi1m"));
    assert!(rest[1].starts_with("ran srvtoolu_01Search: "));
    assert_eq!(rest[2..5], ["Answer 0", "\"He was born in 1916.", "/Answer 0"]);

    events.into_iter().map(TurnEvent::Model).for_each(|event| transcript.add(&event));
    let calls = transcript.parts().iter().filter(|part| matches!(part, Part::ToolCall(_))).count();
    assert_eq!(calls, 1, "it was called once");
}

#[test]
fn an_overloaded_provider_is_busy_and_its_words_are_kept_from_the_client() {
    let (events, result) = play(AnthropicParser::default(), OVERLOADED.as_bytes());
    assert_eq!(lines(&events), ["Answer 0", "\"Grüß dich, "]);
    let error = result.unwrap_err();
    assert_eq!(error.code(), "model_busy");
    assert!(!error.to_string().contains("secret"));
    let limited = r#"data: {"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#;
    let error = play(AnthropicParser::default(), format!("{limited}\n\n").as_bytes()).1.unwrap_err();
    assert_eq!(error.code(), "model_busy");
}

#[test]
fn another_error_in_the_stream_is_a_failure() {
    for kind in ["api_error", "invalid_request_error", "one of tomorrow"] {
        let event = format!("data: {{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"sk-1\"}}}}\n\n");
        assert_eq!(play(AnthropicParser::default(), event.as_bytes()).1.unwrap_err().code(), "model_failed");
    }
}

#[test]
fn an_answer_without_message_stop_was_cut_off_even_with_a_stop_reason() {
    assert!(CUT.contains("end_turn"));
    let (events, result) = play(AnthropicParser::default(), CUT.as_bytes());
    assert_eq!(lines(&events), ["Answer 0", "\"Grüß dich, Ada 👋"]);
    assert_eq!(result.unwrap_err().code(), "model_cut_off");
}

#[test]
fn wherever_a_recording_is_cut_it_is_not_taken_for_whole() {
    for recording in [PLAIN, THINKING, TWO_TOOLS, WEB_SEARCH, REFUSAL] {
        // The blank line after the last event is what ends it.
        let last = recording.trim_end().len() + 1;
        assert_eq!(cuts_taken_for_whole(AnthropicParser::default, &recording[..=last]), Vec::<usize>::new());
    }
}

#[test]
fn a_refusal_is_an_answer_that_says_so() {
    assert_eq!(heard(REFUSAL)[3], "Refused, 30 tokens in (? cached), 4 out (? reasoning)");
}

#[test]
fn what_we_do_not_know_is_passed_over_and_a_doubled_end_adds_nothing() {
    let end = "Other, ? tokens in (? cached), ? out (? reasoning)";
    assert_eq!(heard(UNKNOWN), ["Answer 0", "\"Still here.", "/Answer 0", end]);
}

#[test]
fn garbage_is_an_error_and_is_not_quoted() {
    for garbage in ["<html>secret</html>", "{", r#"{"secret":1}"#, r#"{"type":"content_block_stop","index":"secret"}"#]
    {
        let error = play(AnthropicParser::default(), format!("data: {garbage}\n\n").as_bytes()).1.unwrap_err();
        assert_eq!(error.code(), "model_garbled");
        assert!(!error.public().contains("secret"));
    }
}

#[test]
fn stop_reasons_are_ours() {
    use StopReason::{Finished, Length, Refused, ToolCalls, Unfinished};
    let known = [
        ("end_turn", Finished),
        ("stop_sequence", Finished),
        ("max_tokens", Length),
        ("model_context_window_exceeded", Length),
        ("tool_use", ToolCalls),
        ("refusal", Refused),
        ("pause_turn", Unfinished),
    ];
    for (theirs, ours) in known {
        assert_eq!(stop_reason(theirs), ours, "{theirs}");
    }
}

#[test]
fn the_sequence_at_which_it_stopped_is_told_once() {
    let recording = [
        json!({ "type": "message_start", "message": {} }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "stop_sequence", "stop_sequence": "END" } }),
        json!({ "type": "message_stop" }),
    ];
    let recording = recording.map(|event| format!("data: {event}\n\n")).concat();
    let told = play(AnthropicParser::default(), recording.as_bytes()).0;
    assert!(matches!(&told[..], [ModelEvent::Stopped { sequence }, ModelEvent::StepEnded { .. }] if sequence == "END"));
}

#[test]
fn a_call_without_end_is_refused_before_it_fills_the_memory() {
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n"}}"#;
    let delta = format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":"{}"}}}}"#,
        "x".repeat(100_000)
    );
    let recording = format!("data: {start}\n\n{}", format!("data: {delta}\n\n").repeat(3));
    assert_eq!(play(AnthropicParser::default(), recording.as_bytes()).1.unwrap_err().code(), "model_garbled");
}
