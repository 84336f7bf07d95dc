//! The parser against streams written down after ADK's events.

use super::*;

use crate::domain::{Runner, ToolOutcome};
use crate::llm::lines::LineReader;
use crate::llm::playback::{self, calls, outcomes, said, stop};
use crate::llm::pump::Parser as _;

macro_rules! cassette {
    ($name:literal) => {
        include_str!(concat!("../cassettes/", $name, ".jsonl"))
    };
}

fn parse(stream: &str) -> (Vec<ModelEvent>, Result<()>) {
    playback::play_lines(AgentEngineParser::default(), stream)
}

fn whole(stream: &str) -> Vec<ModelEvent> {
    playback::whole(parse(stream))
}

#[test]
fn an_answer_may_come_in_one_piece() {
    let events = whole(cassette!("an-answer-in-one-piece"));
    assert_eq!(said(&events, TextKind::Answer), "Grüß dich, Welt 👋");
    assert_eq!(stop(&events).0, StopReason::Finished);
    assert_eq!((stop(&events).1.input_tokens, stop(&events).1.reasoning_tokens), (Some(20), None));
}

#[test]
fn what_pieces_have_said_the_whole_does_not_say_again() {
    let events = whole(cassette!("an-answer-in-pieces-and-once-more-whole"));
    assert_eq!(said(&events, TextKind::Answer), "Rain in Rome.");
    assert_eq!(said(&events, TextKind::Reasoning), "Let me see.");
    let usage = Usage {
        input_tokens: Some(30),
        cached_tokens: Some(8),
        output_tokens: Some(8),
        reasoning_tokens: Some(3),
        estimated: false,
    };
    assert_eq!(stop(&events).1, usage);
}

#[test]
fn what_pieces_have_left_out_the_whole_adds() {
    let piece = r#"{"content":{"parts":[{"text":"Rain"}]},"partial":true}"#;
    let all = r#"{"content":{"parts":[{"text":"Rain in Rome."}]}}"#;
    assert_eq!(said(&whole(&format!("{piece}\n{all}\n")), TextKind::Answer), "Rain in Rome.");
    // The next agent may begin with the same words.
    let twice = format!("{piece}\n{all}\n{all}\n");
    assert_eq!(said(&whole(&twice), TextKind::Answer), "Rain in Rome.Rain in Rome.");
}

#[test]
fn the_engines_own_tools_are_called_once_and_answered() {
    let events = whole(cassette!("a-tool-between-two-texts"));
    assert_eq!(said(&events, TextKind::Answer), "I look.Take an umbrella.");
    let [call] = &calls(&events)[..] else { panic!("{:?}", calls(&events)) };
    assert_eq!((call.name.as_str(), call.runner), ("get_weather", Runner::Provider));
    assert_eq!(outcomes(&events), [ToolOutcome { content: "rain".to_owned(), is_error: false }]);
    let cited = |event: &&ModelEvent| matches!(event, ModelEvent::Cited { .. });
    assert_eq!(events.iter().filter(cited).count(), 1);
    // Two models were asked.
    assert_eq!((stop(&events).1.input_tokens, stop(&events).1.output_tokens), (Some(80), Some(16)));
}

#[test]
fn other_languages_spell_the_same_events_otherwise() {
    let events = whole(cassette!("spelled-as-go-spells-it"));
    assert_eq!(calls(&events)[0].name, "roll");
    assert!(outcomes(&events)[0].is_error);
    assert_eq!((said(&events, TextKind::Answer), stop(&events).1.output_tokens), ("No dice.".to_owned(), Some(2)));
}

#[test]
fn a_stream_that_ends_before_the_agent_has_answered_was_cut_off() {
    let stream = cassette!("a-tool-between-two-texts");
    let ends: Vec<usize> = stream.match_indices('\n').map(|(at, _)| at + 1).collect();
    for end in &ends[..ends.len() - 1] {
        let (_, result) = parse(&stream[..*end]);
        assert_eq!(result.unwrap_err().code(), "model_cut_off", "cut at {end}");
    }
}

#[test]
fn a_broken_connection_cuts_an_answer_off_even_after_an_agent_has_spoken() {
    let (mut parser, mut out) = (AgentEngineParser::default(), Vec::new());
    let mut events = LineReader::default().read(cassette!("an-answer-in-one-piece").as_bytes()).unwrap();
    parser.on_event(events.remove(0), &mut out).unwrap();
    assert_eq!(parser.on_break(&mut out).unwrap_err().code(), "model_cut_off");
}

#[test]
fn an_error_comes_as_one_more_line_and_its_words_stay_here() {
    let (events, result) = parse(cassette!("an-error-after-some-words"));
    assert_eq!(said(&events, TextKind::Answer), "Rain");
    let error = result.unwrap_err();
    assert_eq!(error.code(), "model_failed");
    assert!(!error.to_string().contains("secret"), "{error}");
    for busy in [r#"{"code":429,"message":"x"}"#, r#"{"error":{"code":503}}"#, r#"{"error_code":"RESOURCE_EXHAUSTED"}"#]
    {
        assert_eq!(parse(&format!("{busy}\n")).1.unwrap_err().code(), "model_busy", "{busy}");
    }
}

#[test]
fn a_model_that_stopped_before_its_end_says_why() {
    for (code, stop_reason) in [("MAX_TOKENS", StopReason::Length), ("SAFETY", StopReason::Refused)] {
        let event = format!(r#"{{"content":{{"parts":[{{"text":"Once"}}]}},"error_code":"{code}"}}"#);
        assert_eq!(stop(&whole(&format!("{event}\n"))).0, stop_reason);
    }
    assert_eq!(parse("{\"error_code\":\"MALFORMED\"}\n").1.unwrap_err().code(), "model_failed");
}

#[test]
fn code_that_ran_is_a_tool_and_what_follows_it_is_the_answer() {
    let code = r#"{"executable_code":{"code":"1+1","language":"PYTHON"}}"#;
    let result = r#"{"code_execution_result":{"outcome":"OUTCOME_OK","output":"2"}}"#;
    let event = |parts: &[&str]| format!("{{\"content\":{{\"parts\":[{}]}}}}\n", parts.join(","));
    assert_eq!(parse(&event(&[code, result])).1.unwrap_err().code(), "model_cut_off");
    let events = whole(&event(&[code, result, r#"{"text":"Two."}"#]));
    assert_eq!((calls(&events).len(), outcomes(&events)[0].content.as_str()), (1, "2"));
}

#[test]
fn garbage_is_an_error_and_is_not_quoted() {
    for garbage in ["<html>secret</html>", "{", "\"secret\"", "[]"] {
        let error = parse(&format!("{garbage}\n")).1.unwrap_err();
        assert_eq!(error.code(), "model_garbled", "{garbage}");
        assert!(!error.public().contains("secret"));
    }
}
