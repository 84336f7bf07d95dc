//! What no story tells: calls that overlap, signed thoughts, counted tokens.

use serde_json::json;

use crate::domain::{ModelEvent as M, SessionId, Timestamp, ToolCall};

use super::*;

fn tell(events: Vec<TurnEvent>) -> Vec<Value> {
    let (mut encoder, mut frames) = (AnthropicEncoder::default(), Vec::new());
    for event in events {
        encoder.encode(&Entry::at(0, event), &mut frames);
    }
    let data = |frame| match frame {
        Frame::Event { data, .. } => serde_json::from_str(&data).unwrap(),
        Frame::Text(text) => panic!("{text}"),
    };
    frames.into_iter().map(data).collect()
}

fn begun(call: &str, runner: Runner) -> TurnEvent {
    TurnEvent::Model(M::ToolStarted { call: CallId::from_provider(call), name: "read".to_owned(), runner })
}

fn pieces(call: &str, delta: &str) -> TurnEvent {
    TurnEvent::Model(M::ToolArguments { call: CallId::from_provider(call), delta: delta.to_owned() })
}

fn called(call: &str, runner: Runner) -> TurnEvent {
    let call = ToolCall::new(CallId::from_provider(call), "read", json!({ "of": call }));
    TurnEvent::Model(M::ToolCalled { call: ToolCall { runner, ..call } })
}

/// Which block each frame is about.
fn order(told: &[Value]) -> Vec<u64> {
    told.iter().filter_map(|frame| frame["index"].as_u64()).collect()
}

#[test]
fn calls_that_overlap_are_told_one_behind_the_other_and_whole() {
    use Runner::{Client, Us};
    let events = |runners: [Runner; 3]| {
        let names = ["a", "b", "c"];
        let begun = names.into_iter().zip(runners).map(|(call, runner)| begun(call, runner));
        let called = names.into_iter().zip(runners).map(|(call, runner)| called(call, runner));
        begun.chain([pieces("a", r#"{"of":"#), pieces("b", "{}"), pieces("a", r#""a"}"#)]).chain(called).collect()
    };
    for runners in [[Client; 3], [Us, Client, Client], [Client, Us, Client]] {
        let told = tell(events(runners));
        assert!(order(&told).is_sorted(), "{runners:?}: {told:?}");
        for (index, call) in ["a", "b", "c"].into_iter().enumerate() {
            let of_this = || told.iter().filter(|frame| frame["index"] == index);
            let input: String = of_this().filter_map(|frame| frame["delta"]["partial_json"].as_str()).collect();
            let start = &of_this().next().unwrap()["content_block"];
            assert_eq!(start["id"], call);
            let input =
                if runners[index] == Client { serde_json::from_str(&input).unwrap() } else { start["input"].clone() };
            assert_eq!(input, json!({ "of": call }), "{runners:?}");
            assert_eq!(of_this().next_back().unwrap()["type"], "content_block_stop");
        }
    }
}

#[test]
fn a_signature_belongs_to_the_block_that_it_signs() {
    let (block, kind) = (0, TextKind::Reasoning);
    let events = [
        M::TextStarted { block, kind },
        M::TextDelta { block, kind, text: "Hm.".to_owned() },
        M::ReasoningSigned { block, signature: "s".to_owned() },
        M::TextEnded { block, kind },
    ];
    let told = tell(events.into_iter().map(TurnEvent::Model).collect());
    assert_eq!(order(&told), [0; 4]);
    assert_eq!(told[2]["delta"], json!({ "type": "signature_delta", "signature": "s" }));
}

#[test]
fn what_was_cached_is_no_input_of_theirs() {
    let spent = Usage { input_tokens: Some(10), cached_tokens: Some(4), output_tokens: Some(1), ..Usage::default() };
    let told = json!({ "input_tokens": 6, "cache_read_input_tokens": 4, "output_tokens": 1 });
    assert_eq!(usage(spent), told);
}

fn started() -> TurnEvent {
    TurnEvent::Started {
        turn: TurnId::parse("11").unwrap(),
        session: SessionId::parse("7").unwrap(),
        model: ModelRef::parse("openai:gpt-4o-mini"),
        message: MessageId::parse("13").unwrap(),
        at: Timestamp::from_millis(0),
    }
}

#[test]
fn a_message_begins_with_what_its_prompt_is_taken_for_once() {
    let model = ModelRef::parse("openai:gpt-4o-mini");
    let asked = |prompt_tokens| TurnEvent::ModelAsked { model: model.clone(), prompt_tokens, price: None };
    let told = tell(vec![started(), TurnEvent::StepStarted, asked(40), TurnEvent::StepStarted, asked(90)]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["message"]["usage"], json!({ "input_tokens": 40, "output_tokens": 0 }));
    let unasked = tell(vec![started(), TurnEvent::Ended(Ending::Interrupted)]);
    assert_eq!(unasked[0]["message"]["usage"]["input_tokens"], 0);
    assert_eq!(unasked.last().unwrap()["type"], "error");
}

#[test]
fn the_sequence_at_which_it_stopped_is_told() {
    let stopped = || TurnEvent::Model(M::Stopped { sequence: "END".to_owned() });
    for (stop, reason, sequence) in
        [(StopReason::Finished, "stop_sequence", json!("END")), (StopReason::Refused, "refusal", json!(null))]
    {
        let told = tell(vec![stopped(), TurnEvent::Ended(Ending::Completed { stop, usage: Usage::default() })]);
        let delta = &told[0]["delta"];
        assert_eq!((&delta["stop_reason"], &delta["stop_sequence"]), (&json!(reason), &sequence));
    }
}

#[test]
fn a_page_that_is_cited_with_every_sentence_is_told_once() {
    let (block, kind) = (0, TextKind::Answer);
    let cited =
        |url: Option<&str>| M::Cited { citation: Citation { url: url.map(str::to_owned), ..Citation::default() } };
    let page = || cited(Some("https://example.com"));
    let events = [M::TextStarted { block, kind }, page(), page(), cited(None), M::TextEnded { block, kind }, page()];
    let told = tell(events.into_iter().map(TurnEvent::Model).collect());
    assert_eq!(order(&told), [0; 3], "{told:?}");
    assert_eq!(told[1]["delta"]["citation"]["url"], "https://example.com");
}
