//! Positions in a turn's log. A delta is as long as its characters, every other event is one long: so deltas
//! may be joined to store them and cut to resume inside them, and a position never moves.

use super::TurnEvent;

/// How much of a turn has been said.
pub type Position = u64;

/// An event and where it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub event: TurnEvent,
    pub end: Position,
}

impl Entry {
    /// The event that starts at `start`.
    pub fn at(start: Position, event: TurnEvent) -> Self {
        let end = start + width(&event);
        Self { event, end }
    }

    pub fn start(&self) -> Position {
        self.end - width(&self.event)
    }

    /// Cuts this entry at `position`: what was said up to there, and what comes after.
    pub fn split_at(&self, position: Position) -> (Option<Entry>, Option<Entry>) {
        if self.end <= position {
            return (Some(self.clone()), None);
        }
        let (start, Some(text)) = (self.start(), self.event.text()) else { return (None, Some(self.clone())) };
        if start >= position {
            return (None, Some(self.clone()));
        }
        let chars = usize::try_from(position - start).unwrap_or(usize::MAX);
        let cut = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
        let part = |text: &str, end| {
            let mut event = self.event.clone();
            if let Some(own) = event.text_mut() {
                text.clone_into(own);
            }
            Some(Entry { event, end })
        };
        (part(&text[..cut], position), part(&text[cut..], self.end))
    }
}

fn width(event: &TurnEvent) -> Position {
    match event {
        TurnEvent::Waiting { .. } => 0,
        _ => event.text().map_or(1, |text| text.chars().count() as Position),
    }
}

/// The same log with as few entries as possible: neighbouring deltas of one block become one.
pub fn merge<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Entry> {
    let mut merged: Vec<Entry> = Vec::new();
    for entry in entries {
        match merged.last_mut() {
            Some(last) if last.event.continues_in(&entry.event) => {
                if let (Some(text), Some(more)) = (last.event.text_mut(), entry.event.text()) {
                    text.push_str(more);
                    last.end = entry.end;
                }
            }
            _ => merged.push(entry.clone()),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::super::{ModelEvent, TextKind};
    use super::*;

    fn delta(start: Position, text: &str) -> Entry {
        let event = ModelEvent::TextDelta { block: 0, kind: TextKind::Answer, text: text.to_owned() };
        Entry::at(start, TurnEvent::Model(event))
    }

    #[test]
    fn deltas_join_without_moving_a_position() {
        let said = [delta(3, "Grüß "), delta(8, "Gott 👋"), Entry::at(14, TurnEvent::StepStarted)];
        let merged = merge(&said);
        assert_eq!(merged.len(), 2);
        assert_eq!(merged[0].event.text(), Some("Grüß Gott 👋"));
        assert_eq!((merged[0].start(), merged[0].end, merged[1].end), (3, 14, 15));
    }

    #[test]
    fn a_delta_is_cut_between_characters_at_any_position() {
        let whole = delta(10, "añ👋z");
        for position in 8..=16 {
            let (before, after) = whole.split_at(position);
            let text = |part: &Option<Entry>| part.as_ref().and_then(|e| e.event.text()).unwrap_or("").to_owned();
            assert_eq!(text(&before) + &text(&after), "añ👋z");
            assert!(before.is_none_or(|part| part.end <= position));
            assert!(after.is_none_or(|part| part.start() >= position.min(14)));
        }
    }
}
