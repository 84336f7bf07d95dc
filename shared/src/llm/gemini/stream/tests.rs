//! Recorded answers of Gemini, and what they are to us.

use super::*;
use crate::error::Error;
use crate::llm::playback::{cuts_taken_for_whole, lines, play, whole};

const PLAIN: &str = include_str!("../cassettes/plain.sse");
const THOUGHTS: &str = include_str!("../cassettes/thoughts-then-signed-call.sse");
const PARALLEL: &str = include_str!("../cassettes/parallel-calls-with-ids.sse");
const LATE_SIGNATURE: &str = include_str!("../cassettes/signature-behind-the-call.sse");
const SIGNED_THOUGHT: &str = include_str!("../cassettes/signed-thought.sse");
const SEARCH: &str = include_str!("../cassettes/search-with-citations.sse");
const CODE_RUN: &str = include_str!("../cassettes/code-execution.sse");
const BLOCKED: &str = include_str!("../cassettes/blocked-question.sse");
const SAFETY: &str = include_str!("../cassettes/stopped-for-safety.sse");
const MALFORMED: &str = include_str!("../cassettes/malformed-call.sse");
const ERROR: &str = include_str!("../cassettes/error-mid-stream.sse");
const CUT: &str = include_str!("../cassettes/cut.sse");
const EVERY_PIECE: &str = include_str!("../cassettes/a-reason-with-every-piece.sse");
const UNKNOWN: &str = include_str!("../cassettes/unknown-fields.sse");

fn parser() -> GeminiParser {
    GeminiParser::after(0)
}

fn heard(recording: &str) -> Vec<String> {
    lines(&whole(play(parser(), recording.as_bytes())))
}

fn error(recording: &str) -> Error {
    play(parser(), recording.as_bytes()).1.unwrap_err()
}

#[test]
fn an_answer_is_said_and_counted() {
    let end = "Finished, 2100 tokens in (2000 cached), 9 out (? reasoning)";
    assert_eq!(heard(PLAIN), ["Answer 0", "\"Grüß dich, Ada 👋", "/Answer 0", end]);
}

#[test]
fn thoughts_are_reasoning_and_a_call_keeps_its_signature() {
    let expected = [
        "Reasoning 0",
        "\"I need the clock.",
        "/Reasoning 0",
        "Answer 1",
        "\"Let me look.",
        "/Answer 1",
        "started now made_1",
        "arguments {\"zone\":\"Europe/Berlin\"}",
        "called now made_1 {\"zone\":\"Europe/Berlin\"} signed CtcBAVSoXO6signed==",
        "ToolCalls, 90 tokens in (? cached), 44 out (24 reasoning)",
    ];
    assert_eq!(heard(THOUGHTS), expected);
}

#[test]
fn calls_that_have_ids_keep_them_and_only_the_first_is_signed() {
    let expected = [
        "started get_weather gp737npz",
        "arguments {\"location\":\"Oslo\"}",
        "started now qk2u11aa",
        "arguments {}",
        "called get_weather gp737npz {\"location\":\"Oslo\"} signed Es8CCswCAb4=",
        "called now qk2u11aa {}",
        "ToolCalls, 252 tokens in (? cached), 73 out (55 reasoning)",
    ];
    assert_eq!(heard(PARALLEL), expected);
}

#[test]
fn made_ids_go_on_after_the_calls_that_were_there() {
    let (events, _) = play(GeminiParser::after(4), THOUGHTS.as_bytes());
    assert!(lines(&events).contains(&"started now made_5".to_owned()));
}

#[test]
fn a_signature_that_comes_behind_a_call_belongs_to_it() {
    assert_eq!(heard(LATE_SIGNATURE)[2], "called now made_1 {} signed TGF0ZQ==");
}

#[test]
fn a_thought_may_be_signed() {
    assert_eq!(heard(SIGNED_THOUGHT)[..4], ["Reasoning 0", "\"Hm.", "signed 0: VGhvdWdodA==", "/Reasoning 0"]);
}

#[test]
fn what_a_search_has_found_is_cited_once() {
    let expected = [
        "Answer 0",
        "\"He was born on April 30, 1916.",
        "cited https://example.org/shannon | example.org | - | -",
        "cited gs://b/f.pdf | f.pdf | - | Born April 30, 1916",
        "/Answer 0",
        "Finished, 112 tokens in (? cached), 9 out (? reasoning)",
    ];
    assert_eq!(heard(SEARCH), expected);
}

#[test]
fn code_is_run_by_the_provider() {
    let heard = heard(CODE_RUN);
    assert_eq!(heard[..2], ["started code_execution made_1", "arguments {\"code\":\"print(6*7)\"}"]);
    let called = "called code_execution made_1 {\"code\":\"print(6*7)\"} by the provider signed [{\"executableCode\":";
    assert!(heard[2].starts_with(called), "{}", heard[2]);
    assert_eq!(heard[3], "ran made_1: 42\n");
    assert_eq!(heard[7], "Finished, 20 tokens in (? cached), 30 out (? reasoning)");
}

#[test]
fn a_blocked_question_and_a_stopped_answer_are_refusals() {
    assert_eq!(heard(BLOCKED), ["Refused, 6 tokens in (? cached), ? out (? reasoning)"]);
    assert_eq!(heard(SAFETY).last().unwrap(), "Refused, 8 tokens in (? cached), 2 out (? reasoning)");
}

#[test]
fn a_call_that_could_not_be_written_down_is_asked_for_again() {
    let heard = heard(MALFORMED);
    assert_eq!(heard[..3], ["Answer 0", "\"Let me see.", "/Answer 0"]);
    assert!(heard[3].starts_with("Unfinished, 8 tokens in"), "{heard:?}");
    let many = "data: {\"candidates\":[{\"finishReason\":\"TOO_MANY_TOOL_CALLS\"}]}\n\n";
    assert_eq!(error(many).code(), "model_failed");
}

#[test]
fn an_error_in_the_stream_is_told_without_the_providers_words() {
    let busy = error(ERROR);
    assert_eq!(busy.code(), "model_busy");
    assert!(!busy.to_string().contains("secret"));
    assert_eq!(error("data: {\"error\":{\"code\":500,\"status\":\"INTERNAL\"}}\n\n").code(), "model_failed");
}

#[test]
fn an_answer_without_a_finish_reason_was_cut_off() {
    let (events, result) = play(parser(), CUT.as_bytes());
    assert_eq!(lines(&events), ["Answer 0", "\"Grüß dich, Ada 👋"]);
    assert_eq!(result.unwrap_err().code(), "model_cut_off");
}

#[test]
fn wherever_a_recording_is_cut_it_is_not_taken_for_whole() {
    for recording in [PLAIN, THOUGHTS, PARALLEL, LATE_SIGNATURE, SIGNED_THOUGHT, SEARCH, CODE_RUN, BLOCKED, SAFETY] {
        // The blank line after the last event is what ends it.
        let last = recording.trim_end().len() + 2;
        assert_eq!(cuts_taken_for_whole(parser, &recording[..last]), Vec::<usize>::new());
    }
}

#[test]
fn a_finish_reason_with_every_piece_ends_nothing_before_the_bytes_end() {
    let end = "Finished, 8 tokens in (? cached), 3 out (? reasoning)";
    assert_eq!(heard(EVERY_PIECE), ["Answer 0", "\"Grüß dich", "/Answer 0", end]);
}

#[test]
fn what_we_do_not_know_is_passed_over() {
    let end = "Other, ? tokens in (? cached), ? out (? reasoning)";
    assert_eq!(heard(UNKNOWN), ["Answer 0", "\"Still here.", "/Answer 0", end]);
}

#[test]
fn garbage_is_an_error_and_is_not_quoted() {
    for garbage in ["<html>secret</html>", "{", r#"{"candidates":"secret"}"#] {
        let error = error(&format!("data: {garbage}\n\n"));
        assert_eq!(error.code(), "model_garbled");
        assert!(!error.public().contains("secret"));
    }
}

#[test]
fn finish_reasons_are_ours() {
    let known = [
        ("STOP", "Finished"),
        ("MAX_TOKENS", "Length"),
        ("SAFETY", "Refused"),
        ("RECITATION", "Refused"),
        ("OTHER", "Other"),
    ];
    for (theirs, ours) in known {
        assert_eq!(format!("{:?}", stop_reason(theirs).unwrap()), ours, "{theirs}");
    }
}
