//! What no story tells: calls that overlap, signed thoughts, counted tokens.

use serde_json::json;

use crate::domain::{ModelEvent as M, ToolCall};

use super::*;

fn tell(events: Vec<TurnEvent>) -> Vec<Value> {
    let (mut encoder, mut frames) = (Anthropic::default(), Vec::new());
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
