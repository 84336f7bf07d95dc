//! Bare text: `words` never cuts a word, `chunks` passes on what the model says as it says it.
//! Neither has room for more than the answer; how a cut answer ended is said in a last line.

use crate::domain::{Entry, ModelEvent, TurnEvent};

use super::{Encoder, Frame, answer_text, last_words};

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

fn width(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn push(text: String, out: &mut Vec<Frame>) {
    if !text.is_empty() {
        out.push(Frame::Text(text));
    }
}

fn last_line(event: &TurnEvent, out: &mut Vec<Frame>) {
    if let Some(why) = last_words(event) {
        out.push(Frame::Text(format!("\n\n[{why}]\n")));
    }
}
