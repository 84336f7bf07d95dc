//! Every story told in every dialect, as reviewed snapshots; and what no dialect may do.

#[path = "wire/document.rs"]
mod document;
#[path = "wire/responses.rs"]
mod responses;

use insta::assert_snapshot;
use shared::domain::{CallId, Ending, Entry, ModelEvent, Runner, TextKind, TurnEvent};
use shared::testing::{HeardBlocks, HeardLines, stories};
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
    // The plug-in's are held against the plug-in's own parsers.
    let is_read = |dialect: &Dialect| matches!(dialect, Dialect::Baid | Dialect::Blocks);
    for dialect in Dialect::ALL.into_iter().filter(|one| one.carrier() != Carrier::Text && !is_read(one)) {
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

/// As bytes on a `data` carrier.
fn carried(frames: Vec<Frame>) -> String {
    let line = |frame| match frame {
        Frame::Event { name: None, data } => format!("data: {data}\n\n"),
        other => panic!("{other:?} for a client that knows data lines only"),
    };
    frames.into_iter().map(line).collect()
}

#[test]
fn the_plug_in_hears_every_word_its_session_and_one_end() {
    for (name, events) in stories() {
        let answer: String = events.iter().filter_map(answer_text).collect();
        let lines = carried(tell(Dialect::Baid, &events));
        let heard = HeardLines::of(&lines);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert!(words(&heard.text).starts_with(&words(&answer)), "{name}: {:?}", heard.text);
        let is_whole = matches!(events.last().and_then(TurnEvent::ending), Some(Ending::Completed { .. }));
        assert_eq!(heard.text.trim_end().ends_with(']'), !is_whole, "{name}: {:?}", heard.text);

        let blocks = carried(tell(Dialect::Blocks, &events));
        let told = HeardBlocks::of(&blocks);
        let said: Vec<String> = told.blocks.iter().flat_map(|(_, said)| words(said)).collect();
        assert!(said.starts_with(&words(&answer)), "{name}: {said:?}");
        for (heard, session, done) in [(lines, heard.session, heard.done), (blocks, told.session, told.done)] {
            assert_eq!((session.as_deref(), done), (Some("7"), true), "{name}");
            assert!(heard.ends_with("data: {\"session_id\":\"7\"}\n\ndata: [DONE]\n\n"), "{name}: {heard}");
            assert_eq!(heard.matches("[DONE]").count(), 1, "{name}");
        }
    }
}

/// What a model may well say of code, cut wherever a provider may cut it.
#[test]
fn no_text_is_taken_for_json_or_for_the_end() {
    let answer =
        "{\"error\": \"x\"} {} {{a}} [DONE] [DONE]\n{ } }{ {[ ]} \\{ \"}\" data: [DONE] {\"session_id\":\"evil\"}";
    let (_, plain) = stories().swap_remove(0);
    for at in (0..=answer.len()).filter(|at| answer.is_char_boundary(*at)) {
        let mut pieces = vec![&answer[..at], &answer[at..]].into_iter().filter(|piece| !piece.is_empty());
        let events: Vec<TurnEvent> = plain.iter().filter_map(|event| said_instead(event, &mut pieces)).collect();
        let heard = HeardLines::of(&carried(tell(Dialect::Baid, &events)));
        assert_eq!(heard.text, answer.replace('\n', " "), "cut at {at}");
        assert_eq!((heard.session.as_deref(), heard.done), (Some("7"), true));
        let told = HeardBlocks::of(&carried(tell(Dialect::Blocks, &events)));
        assert_eq!(told.blocks, [("paragraph".to_owned(), answer.to_owned())], "cut at {at}");
        assert_eq!((told.session.as_deref(), told.done), (Some("7"), true));
    }
}

/// The event with the next piece for its text; none where there are no pieces left.
fn said_instead<'a>(event: &TurnEvent, pieces: &mut impl Iterator<Item = &'a str>) -> Option<TurnEvent> {
    let TurnEvent::Model(ModelEvent::TextDelta { block, kind, .. }) = event else { return Some(event.clone()) };
    let text = pieces.next()?.to_owned();
    Some(TurnEvent::Model(ModelEvent::TextDelta { block: *block, kind: *kind, text }))
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
