//! docs/WIRE.md: which of our events becomes which frames in each dialect, taken from the stories that the snapshots hold.
//! `make wire` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use shared::domain::{Entry, TurnEvent};
use shared::testing::stories;
use shared::wire::{Dialect, Frame};

const TABLES: [(&str, &[Dialect]); 2] = [
    ("SDKs and protocols", &[Dialect::Ui, Dialect::Anthropic, Dialect::Completions, Dialect::Responses, Dialect::Agui]),
    (
        "Replaced systems, and bare text",
        &[Dialect::Starter, Dialect::Baid, Dialect::Blocks, Dialect::Words, Dialect::Chunks],
    ),
];

const HEAD: &str = "# What each dialect makes of a turn

Made by `make wire` from the stories that `shared/tests/snapshots` holds whole, one file a story and dialect: look there
for the frames' fields. A row is an event of ours (`shared/src/domain/event.rs`); a cell lists the frames that the
encoder (`shared/src/wire/<dialect>`) makes of it, `–` none. An encoder may hold an event back until the next one, and
what it then writes stands in the row of the next.
";

/// The names of an event's variants: `Model(TextDelta { … })` is `TextDelta`.
fn name_of(event: &TurnEvent) -> String {
    let text = format!("{event:?}");
    let inner = ["Model(", "Ended("].iter().find_map(|outer| text.strip_prefix(outer));
    let word = |text: &str| text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
    match (inner, event) {
        (Some(inner), TurnEvent::Ended(_)) => format!("Ended: {}", word(inner)),
        (Some(inner), _) => word(inner),
        (None, _) => word(&text),
    }
}

fn frame_of(frame: &Frame) -> String {
    match frame {
        Frame::Text(_) => "text".to_owned(),
        Frame::Event { name: Some(name), .. } => format!("`{name}`"),
        Frame::Event { name: None, data } => match serde_json::from_str::<Value>(data) {
            Ok(value) => kind_of(&value),
            Err(_) if data.starts_with('[') => format!("`{data}`"),
            Err(_) => "text".to_owned(),
        },
    }
}

/// What a JSON frame is: by its `type` or `event`, or by what a chunk brings.
fn kind_of(value: &Value) -> String {
    if let Some(kind) = value["event"].as_str().or(value["type"].as_str()) {
        return format!("`{kind}`");
    }
    let choice = &value["choices"][0];
    let delta = choice["delta"].as_object().into_iter().flat_map(|delta| delta.keys().cloned());
    let mut brings: Vec<String> = delta.collect();
    brings.extend(choice["finish_reason"].as_str().map(|_| "finish_reason".to_owned()));
    let others = ["usage", "error"].into_iter().filter(|field| !value[field].is_null()).map(str::to_owned);
    brings.extend(others);
    if brings.is_empty() { "text".to_owned() } else { format!("`{}`", brings.join(", ")) }
}

type Cells = BTreeMap<&'static str, Vec<String>>;

/// The frames of each event in each dialect, over all stories, events in the order in which they first appear.
fn rows() -> Vec<(String, Cells)> {
    let mut rows: Vec<(String, Cells)> = Vec::new();
    for dialect in Dialect::ALL {
        for (_, events) in stories() {
            let (mut encoder, mut start) = (dialect.encoder(), 0);
            for event in events {
                let (name, entry) = (name_of(&event), Entry::at(start, event));
                start = entry.end;
                let mut frames = Vec::new();
                encoder.encode(&entry, &mut frames);
                let at = rows.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                    rows.push((name, Cells::new()));
                    rows.len() - 1
                });
                let cell = rows[at].1.entry(dialect.name()).or_default();
                for frame in frames.iter().map(frame_of) {
                    if !cell.contains(&frame) {
                        cell.push(frame);
                    }
                }
            }
        }
    }
    rows
}

fn document() -> String {
    let (mut text, rows) = (HEAD.to_owned(), rows());
    for (title, dialects) in TABLES {
        let names: Vec<_> = dialects.iter().map(|dialect| format!("`{}`", dialect.name())).collect();
        let _ =
            write!(text, "\n## {title}\n\n| event | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
        for (event, cells) in &rows {
            let cell = |dialect: &Dialect| cells.get(dialect.name()).filter(|cell| !cell.is_empty());
            let cells: Vec<_> =
                dialects.iter().map(|dialect| cell(dialect).map_or("–".to_owned(), |cell| cell.join(" "))).collect();
            let _ = writeln!(text, "| {event} | {} |", cells.join(" | "));
        }
    }
    text
}

#[test]
fn the_document_says_what_the_encoders_do() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/WIRE.md");
    if std::env::var_os("WRITE").is_some() {
        fs::write(&path, document()).expect("docs/WIRE.md");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == document(), "docs/WIRE.md is not what the encoders do: `make wire` writes it anew");
}
