//! The plug-in since June 2025: every payload is a JSON object, and what an answer says comes as blocks. Where an object
//! ends it finds out by counting braces, those in texts as well: in texts they are escaped.

use std::io::{self, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Value, json};

use crate::domain::{Entry, ModelEvent, SessionId, TurnEvent};
use crate::wire::{Encoder, Frame, answer_text, last_words};

use super::markdown::{Block, Markdown};
use super::{end, line};

#[derive(Default)]
pub(in crate::wire) struct Blocks {
    session: Option<SessionId>,
    markdown: Markdown,
}

impl Encoder for Blocks {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        let event = &entry.event;
        if let Some(text) = answer_text(event) {
            say(self.markdown.push(text), out);
        }
        match event {
            TurnEvent::Started { session, .. } => self.session = Some(session.clone()),
            TurnEvent::Model(ModelEvent::TextEnded { .. }) => say(self.markdown.end(), out),
            event if event.is_last() => {
                say(self.markdown.end(), out);
                let why = last_words(event).map(|why| Block::Paragraph(format!("[{why}]")));
                say(why.into_iter().collect(), out);
                end(self.session.as_ref(), out);
            }
            _ => {}
        }
    }
}

fn say(blocks: Vec<Block>, out: &mut Vec<Frame>) {
    out.extend(blocks.into_iter().map(|block| line(balanced(&told(block)))));
}

fn told(block: Block) -> Value {
    match block {
        Block::Paragraph(content) => json!({ "type": "paragraph", "content": content }),
        Block::Heading { level, content } => json!({ "type": "heading", "level": level, "content": content }),
        Block::List { ordered, items } => {
            let items: Vec<Value> = items.into_iter().map(|content| json!({ "content": content })).collect();
            json!({ "type": "list", "ordered": ordered, "items": items })
        }
        // Nothing that a model wrote is offered to be run.
        Block::Code { language, content } => json!({
            "type": "code", "language": language, "content": BASE64_STANDARD.encode(content), "executable": false,
        }),
    }
}

/// JSON in which every brace is one of an object.
fn balanced(value: &Value) -> String {
    let mut json = Vec::new();
    // Writing to memory cannot fail, and what is written is text.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut json, Balanced));
    String::from_utf8(json).unwrap_or_default()
}

struct Balanced;

impl Formatter for Balanced {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        let escaped = fragment.replace('{', "\\u007b").replace('}', "\\u007d");
        to.write_all(escaped.as_bytes())
    }
}
