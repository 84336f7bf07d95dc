//! The plug-in of May 2025: what stands on a `data` line is appended to the answer as it is. A line cannot say a line
//! break: it becomes a space, so that no two words grow together. What would look like JSON or like the end on a line
//! of its own is cut in two.

use crate::domain::{Entry, ModelEvent, SessionId, TextKind, TurnEvent};
use crate::wire::{Encoder, Frame, answer_text, last_words};

use super::{end, line};

#[derive(Default)]
pub(in crate::wire) struct BaidLines {
    session: Option<SessionId>,
    /// Half a word.
    half: String,
    spoken: bool,
}

impl Encoder for BaidLines {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>) {
        let event = &entry.event;
        if let Some(text) = answer_text(event) {
            self.half.push_str(text);
            self.say_whole_words(out);
        }
        match event {
            TurnEvent::Started { session, .. } => self.session = Some(session.clone()),
            TurnEvent::Model(ModelEvent::TextStarted { kind: TextKind::Answer, .. }) if self.spoken => {
                say(" ", out);
            }
            TurnEvent::Model(ModelEvent::TextEnded { .. }) => self.say_rest(out),
            event if event.is_last() => {
                self.say_rest(out);
                if let Some(why) = last_words(event) {
                    say(&format!(" [{why}]"), out);
                }
                end(self.session.as_ref(), out);
            }
            _ => {}
        }
    }
}

impl BaidLines {
    fn say_whole_words(&mut self, out: &mut Vec<Frame>) {
        let space = self.half.rfind(char::is_whitespace);
        let whole = space.map_or(0, |at| self.half.ceil_char_boundary(at + 1));
        let rest = self.half.split_off(whole);
        let words = std::mem::replace(&mut self.half, rest);
        self.say(&words, out);
    }

    fn say_rest(&mut self, out: &mut Vec<Frame>) {
        let rest = std::mem::take(&mut self.half);
        self.say(&rest, out);
    }

    fn say(&mut self, text: &str, out: &mut Vec<Frame>) {
        self.spoken |= !text.is_empty();
        say(text, out);
    }
}

fn say(text: &str, out: &mut Vec<Frame>) {
    let text = text.replace("\r\n", " ").replace(['\r', '\n'], " ");
    let mut rest = text.as_str();
    while let Some(bracket) = rest.find(|c: char| !c.is_whitespace()).filter(|at| rest[*at..].starts_with(['{', '['])) {
        let (first, more) = rest.split_at(bracket + 1);
        out.push(line(first.to_owned()));
        rest = more;
    }
    if !rest.is_empty() {
        out.push(line(rest.to_owned()));
    }
}
