//! Responses streams: whatever is cut or joined on the way, a reader hears the same events under the same numbers.

use serde_json::Value;
use shared::domain::{Entry, TurnEvent, merge};
use shared::testing::stories;
use shared::wire::responses::{ClientFields, Responses};
use shared::wire::{Encoder, Frame};

/// What the official clients know (`ResponseStreamEvent`); some of them break on any other name.
const OFFICIAL: [&str; 34] = [
    "error",
    "response.code_interpreter_call.completed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call_code.done",
    "response.completed",
    "response.content_part.added",
    "response.content_part.done",
    "response.created",
    "response.failed",
    "response.file_search_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.in_progress",
    "response.incomplete",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_call.in_progress",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_text.annotation.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.web_search_call.completed",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
];

fn entries(events: &[TurnEvent]) -> Vec<Entry> {
    let mut start = 0;
    let place = |event: &TurnEvent| {
        let entry = Entry::at(start, event.clone());
        start = entry.end;
        entry
    };
    events.iter().map(place).collect()
}

/// As a model that says one character at a time.
fn in_characters(entries: &[Entry]) -> Vec<Entry> {
    let mut pieces = Vec::new();
    for entry in entries {
        let mut rest = Some(entry.clone());
        for position in entry.start() + 1..entry.end {
            let (before, after) = rest.take().map_or((None, None), |rest| rest.split_at(position));
            pieces.extend(before);
            rest = after;
        }
        pieces.extend(rest);
    }
    pieces
}

fn tell(mut encoder: Responses, entries: &[Entry]) -> Vec<Value> {
    let mut frames = Vec::new();
    for entry in entries {
        encoder.encode(entry, &mut frames);
    }
    frames.into_iter().map(data).collect()
}

fn data(frame: Frame) -> Value {
    let Frame::Event { name: Some(name), data } = frame else { panic!("{frame:?}") };
    let data: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(data["type"], name, "the name stands in both places");
    data
}

fn new() -> Responses {
    Responses::new(0, ClientFields::default())
}

fn number(event: &Value) -> u64 {
    event["sequence_number"].as_u64().expect("a number")
}

/// Neighbouring deltas of one item are one.
fn joined(events: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    for event in events {
        match joined.last_mut() {
            Some(last)
                if event["delta"].is_string()
                    && last["type"] == event["type"]
                    && last["item_id"] == event["item_id"] =>
            {
                let text = format!("{}{}", last["delta"].as_str().unwrap(), event["delta"].as_str().unwrap());
                last["delta"] = text.into();
                last["sequence_number"] = event["sequence_number"].clone();
            }
            _ => joined.push(event),
        }
    }
    joined
}

#[test]
fn a_story_has_the_same_numbers_live_and_replayed_and_every_number_leads_back_to_its_place() {
    for (name, events) in stories() {
        let replayed = merge(&entries(&events));
        let live = tell(new(), &in_characters(&entries(&events)));
        assert!(live.windows(2).all(|two| number(&two[0]) < number(&two[1])), "{name}: numbers grow");
        assert_eq!(joined(tell(new(), &replayed)), joined(live.clone()), "{name}: replayed");
        for seen in 0..live.len() {
            let resumed = tell(new().after(number(&live[seen])), &replayed);
            let heard = live[..=seen].iter().cloned().chain(resumed);
            assert_eq!(joined(heard), joined(live.clone()), "{name}: after {}", number(&live[seen]));
        }
    }
}

#[test]
fn only_official_events_are_told_and_indexes_are_dense() {
    for (name, events) in stories() {
        let mut items = 0;
        for event in tell(new(), &entries(&events)) {
            let kind = event["type"].as_str().unwrap();
            assert!(OFFICIAL.contains(&kind), "{name}: {kind}");
            if kind == "response.output_item.added" {
                assert_eq!(event["output_index"], items, "{name}");
                items += 1;
            }
            assert!(event["output_index"].as_u64().is_none_or(|index| index < items), "{name}: {event}");
        }
    }
}

#[test]
fn a_turn_that_went_on_is_two_responses_and_each_ends_where_it_ended_before() {
    let (_, events) = stories().into_iter().find(|(name, _)| *name == "a call that was allowed").unwrap();
    let (_, waiting) = stories().into_iter().find(|(name, _)| *name == "a call that needs approval").unwrap();
    let whole = entries(&events);
    assert_eq!(tell(new(), &whole), tell(new(), &entries(&waiting)), "what came later changes nothing");
    let allowed = whole.iter().find(|entry| matches!(entry.event, TurnEvent::Allowed { .. })).unwrap();
    let second = tell(Responses::new(allowed.end, ClientFields::default()), &whole);
    let told: Vec<_> = second.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        told[..4],
        ["response.created", "response.in_progress", "response.output_item.added", "response.mcp_call.completed"]
    );
    assert_eq!(told.last(), Some(&"response.completed"));
    assert_eq!(second[0]["response"]["id"], format!("resp_11_{}", allowed.end));
    assert_eq!(second[3 + 1]["item"]["output"], "done");
    assert_eq!(second[3 + 1]["item"]["arguments"], r#"{"path":"main.rs"}"#, "as it was asked before");
}

/// Positions know no empty pieces: one of them would bear the number of what came before it.
#[test]
fn a_piece_that_is_empty_is_not_told() {
    let (_, mut events) = stories().into_iter().find(|(name, _)| *name == "a plain answer").unwrap();
    let whole = tell(new(), &entries(&events));
    let kind = shared::domain::TextKind::Answer;
    let empty = shared::domain::ModelEvent::TextDelta { block: 0, kind, text: String::new() };
    events.insert(3, TurnEvent::Model(empty));
    assert_eq!(tell(new(), &entries(&events)), whole);
}
