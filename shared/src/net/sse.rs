//! Reads server-sent events out of bytes that arrive in any pieces (WHATWG HTML, section 9.2.6).

use std::error::Error;
use std::fmt;
use std::str::Utf8Error;

/// A line or an event longer than this is not a token but a fault.
const MAX_BYTES: usize = 1 << 20;

/// Why bytes are no event stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SseFault {
    EndlessLine,
    EndlessEvent,
    NotText(Utf8Error),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SseEvent {
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Feed it bytes, take the events that they complete. Half a character or half a line waits for the rest.
#[derive(Default)]
pub(crate) struct SseReader {
    line: Vec<u8>,
    event: SseEvent,
    after_cr: bool,
}

impl SseReader {
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<Vec<SseEvent>, SseFault> {
        let (mut events, mut rest) = (Vec::new(), bytes);
        while let Some((first, others)) = rest.split_first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = others;
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            self.line.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
            if self.line.len() > MAX_BYTES {
                return Err(SseFault::EndlessLine);
            }
            let Some(end) = end else { break };
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            self.end_line(&mut events)?;
        }
        Ok(events)
    }

    fn end_line(&mut self, events: &mut Vec<SseEvent>) -> Result<(), SseFault> {
        let line = std::mem::take(&mut self.line);
        let text = std::str::from_utf8(&line).map_err(SseFault::NotText)?;
        if text.is_empty() {
            self.end_event(events);
        } else {
            self.add_field(text);
        }
        // The same memory for the next line.
        self.line = line;
        self.line.clear();
        if self.event.data.len() > MAX_BYTES { Err(SseFault::EndlessEvent) } else { Ok(()) }
    }

    fn add_field(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field.trim_start_matches('\u{feff}') {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                self.event.data.push_str(value);
                self.event.data.push('\n');
            }
            _ => {}
        }
    }

    fn end_event(&mut self, events: &mut Vec<SseEvent>) {
        let mut event = std::mem::take(&mut self.event);
        if event.data.pop().is_some() {
            events.push(event);
        }
    }
}

impl fmt::Display for SseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndlessLine => f.write_str("a line without end"),
            Self::EndlessEvent => f.write_str("an event without end"),
            Self::NotText(cause) => cause.fmt(f),
        }
    }
}

impl Error for SseFault {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str =
        ": hello\r\nevent: a\r\ndata: {\"x\":\"grüß 👋\"}\r\n\r\ndata: 1\ndata:2\n\nid: 7\n\ndata: [DONE]\r\r";

    #[test]
    fn lines_may_end_in_any_way_and_data_may_span_them() {
        let events = SseReader::default().read(STREAM.as_bytes()).unwrap();
        let data: Vec<_> = events.iter().map(|event| event.data.as_str()).collect();
        assert_eq!(data, ["{\"x\":\"grüß 👋\"}", "1\n2", "[DONE]"]);
        assert_eq!(events[0].name, "a");
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let mut reader = SseReader::default();
        let flood = vec![b'x'; MAX_BYTES + 1];
        assert_eq!(reader.read(&flood).unwrap_err(), SseFault::EndlessLine);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_are_cut(cuts in prop::collection::vec(0..STREAM.len(), 0..12)) {
            let mut cuts = cuts;
            cuts.push(STREAM.len());
            cuts.sort_unstable();
            let (mut reader, mut events, mut from) = (SseReader::default(), Vec::new(), 0);
            for cut in cuts {
                events.extend(reader.read(&STREAM.as_bytes()[from..cut]).unwrap());
                from = cut;
            }
            prop_assert_eq!(events, SseReader::default().read(STREAM.as_bytes()).unwrap());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = SseReader::default().read(&bytes);
        }
    }
}
