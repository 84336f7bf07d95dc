//! Bare text: `words` never cuts a word, `chunks` passes on what the model says as it says it.
//! Neither has room for more than the answer; how a cut answer ended is said in a last line.

use crate::domain::{Entry, ModelEvent, TextKind, TurnEvent};

use super::{Encoder, Frame, cut_short};

#[derive(Default)]
pub(super) struct Words {
    half: String,
}

impl Encoder for Words {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        let event = &entry.event;
        if let Some(text) = answer_text(event) {
            self.half.push_str(text);
            let whole = self.half.rfind(char::is_whitespace).map_or(0, |at| at + width(&self.half[at..]));
            let rest = self.half.split_off(whole);
            push(std::mem::replace(&mut self.half, rest), out);
            return;
        }
        if matches!(
            event,
            TurnEvent::Waiting { .. } | TurnEvent::Ended(_) | TurnEvent::Model(ModelEvent::TextEnded { .. })
        ) {
            push(std::mem::take(&mut self.half), out);
        }
        last_line(event, out);
    }
}

pub(super) struct Chunks;

impl Encoder for Chunks {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        match answer_text(&entry.event) {
            Some(text) => push(text.to_owned(), out),
            None => last_line(&entry.event, out),
        }
    }
}

fn answer_text(event: &TurnEvent) -> Option<&str> {
    match event {
        TurnEvent::Model(ModelEvent::TextDelta { kind: TextKind::Answer, text, .. }) => Some(text),
        _ => None,
    }
}

fn width(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn push(text: String, out: &mut Vec<Frame>) {
    if !text.is_empty() {
        out.push(Frame::Text(text));
    }
}

fn last_line(event: &TurnEvent, out: &mut Vec<Frame>) {
    if let TurnEvent::Waiting { .. } = event {
        out.push(Frame::Text("\n\n[The answer waits for you.]\n".to_owned()));
    }
    if let Some(why) = event.ending().and_then(cut_short) {
        out.push(Frame::Text(format!("\n\n[{why}]\n")));
    }
}
