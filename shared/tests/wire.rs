//! Every story told in every dialect, as reviewed snapshots; and what no dialect may do.

#[path = "wire/responses.rs"]
mod responses;

use insta::assert_snapshot;
use shared::domain::{CallId, Ending, Entry, ModelEvent, Runner, TextKind, TurnEvent};
use shared::testing::stories;
use shared::wire::{Carrier, Dialect, Frame};

fn tell(dialect: Dialect, events: &[TurnEvent]) -> Vec<Frame> {
    let (mut encoder, mut frames) = (dialect.encoder(), Vec::new());
    let mut start = 0;
    for event in events {
        let entry = Entry::at(start, event.clone());
        start = entry.end;
        encoder.encode(&entry, &mut frames);
    }
    frames
}

fn line(frame: &Frame) -> String {
    match frame {
        Frame::Event { name: Some(name), data } => format!("{name}: {data}"),
        Frame::Event { name: None, data } => data.clone(),
        Frame::Text(text) => format!("{text:?}"),
    }
}

#[test]
fn every_story_in_every_dialect() {
    for dialect in Dialect::ALL {
        for (name, events) in stories() {
            let told: Vec<String> = tell(dialect, &events).iter().map(line).collect();
            assert_snapshot!(format!("{}__{}", dialect.name(), name.replace(' ', "_")), told.join("\n"));
        }
    }
}

#[test]
fn every_story_ends_exactly_once() {
    let is_last = |frame: &Frame| {
        let line = line(frame);
        let marks = [
            "\"type\":\"finish\"",
            "\"type\":\"abort\"",
            "\"type\":\"error\"",
            "message_stop:",
            "RUN_FINISHED",
            "RUN_ERROR",
            "\"type\":\"response.completed\"",
            "\"type\":\"response.failed\"",
            "\"type\":\"response.incomplete\"",
            "\"finish_reason\":\"",
        ];
        marks.iter().any(|mark| line.contains(mark)) || line.starts_with("{\"error\"")
    };
    for dialect in Dialect::ALL.into_iter().filter(|dialect| dialect.carrier() != Carrier::Text) {
        for (name, events) in stories() {
            let frames = tell(dialect, &events);
            assert_eq!(frames.iter().filter(|frame| is_last(frame)).count(), 1, "{} tells {name}", dialect.name());
        }
    }
}

/// AG-UI's clients refuse a run that ends with something open, and its older ones a piece of nothing.
#[test]
fn a_run_says_nothing_empty_and_ends_with_nothing_open() {
    let call = CallId::from_provider("c");
    let (block, kind) = (0, TextKind::Answer);
    let cut = [
        ModelEvent::TextStarted { block, kind },
        ModelEvent::TextDelta { block, kind, text: String::new() },
        ModelEvent::ToolStarted { call: call.clone(), name: "now".to_owned(), runner: Runner::Us },
        ModelEvent::ToolArguments { call, delta: String::new() },
    ];
    let cut = cut.into_iter().map(TurnEvent::Model).chain([TurnEvent::Ended(Ending::Cancelled)]);
    let frames = tell(Dialect::Agui, &cut.collect::<Vec<_>>());
    let name = |frame: &Frame| line(frame).split("\"type\":\"").nth(1).map(|rest| rest.replace("\"}", ""));
    let told: Vec<String> = frames.iter().filter_map(name).collect();
    let expected = ["TEXT_MESSAGE_START", "TOOL_CALL_START", "TEXT_MESSAGE_END", "TOOL_CALL_END", "RUN_ERROR"];
    assert_eq!(told, expected);
}

#[test]
fn chat_completions_close_every_story_with_done() {
    for (name, events) in stories() {
        let frames = tell(Dialect::Completions, &events);
        let done = frames.iter().filter(|frame| line(frame) == "[DONE]").count();
        assert!(done == 1 && line(&frames[frames.len() - 1]) == "[DONE]", "{name}");
    }
}

#[test]
fn data_is_always_one_line() {
    for dialect in Dialect::ALL {
        for (_, events) in stories() {
            for frame in tell(dialect, &events) {
                if let Frame::Event { data, .. } = frame {
                    assert!(!data.contains(['\n', '\r']), "{data}");
                }
            }
        }
    }
}

#[test]
fn bare_text_is_the_answer_byte_for_byte_and_words_are_never_cut() {
    for (name, events) in stories() {
        let answer: String = events.iter().filter_map(answer_text).collect();
        let cut = events.last().is_some_and(|last| !matches!(last.ending(), Some(Ending::Completed { .. })));
        for dialect in [Dialect::Words, Dialect::Chunks] {
            let pieces: Vec<String> = tell(dialect, &events).into_iter().map(text).collect();
            let told = pieces.concat();
            assert!(if cut { told.starts_with(&answer) } else { told == answer }, "{name}: {told:?}");
            let inner = pieces.split_last().map_or(&[][..], |(_, inner)| inner);
            let whole = |piece: &String| piece.ends_with(char::is_whitespace) || cut;
            assert!(dialect == Dialect::Chunks || inner.iter().all(whole), "{name}: {pieces:?}");
        }
    }
}

fn answer_text(event: &TurnEvent) -> Option<&str> {
    match event {
        TurnEvent::Model(ModelEvent::TextDelta { kind: TextKind::Answer, text, .. }) => Some(text),
        _ => None,
    }
}

fn text(frame: Frame) -> String {
    match frame {
        Frame::Text(text) => text,
        Frame::Event { .. } => panic!("an event in a bare text"),
    }
}
