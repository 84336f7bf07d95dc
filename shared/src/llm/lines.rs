//! Reads a stream that has one JSON text a line, dressed as server-sent events or not.

use crate::error::Result;
use crate::net::SseEvent;

use super::ModelFault;

/// Such a line may carry a picture.
const MAX_BYTES: usize = 8 << 20;

#[derive(Default)]
pub(super) struct LineReader {
    line: Vec<u8>,
}

impl LineReader {
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Vec<SseEvent>> {
        let mut events = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if self.line.len() > MAX_BYTES {
                return Err(ModelFault::garbled("a line without end"));
            }
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                events.extend(event(std::str::from_utf8(&line).map_err(ModelFault::garbled)?));
            }
        }
        Ok(events)
    }

    /// What stands behind the last line's end.
    pub(super) fn rest(&mut self) -> Option<SseEvent> {
        let line = std::mem::take(&mut self.line);
        event(&String::from_utf8_lossy(&line))
    }
}

fn event(line: &str) -> Option<SseEvent> {
    let line = line.trim();
    let dress = [":", "event:", "id:", "retry:"];
    if line.is_empty() || dress.iter().any(|field| line.starts_with(field)) {
        return None;
    }
    let data = line.strip_prefix("data:").unwrap_or(line).trim_start();
    Some(SseEvent { data: data.to_owned(), ..SseEvent::default() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str = "{\"a\":\"grüß\"}\r\n\n: hello\nevent: x\ndata: {\"b\":1}\n\n{\"c\":";

    #[test]
    fn lines_may_be_bare_or_dressed_as_events() {
        let mut reader = LineReader::default();
        let data: Vec<_> = reader.read(STREAM.as_bytes()).unwrap().into_iter().map(|event| event.data).collect();
        assert_eq!(data, ["{\"a\":\"grüß\"}", "{\"b\":1}"]);
        assert_eq!(reader.rest().unwrap().data, "{\"c\":");
        assert_eq!(reader.rest(), None);
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let error = LineReader::default().read(&vec![b'x'; MAX_BYTES + 1]).unwrap_err();
        assert_eq!(error.code(), "model_garbled");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_are_cut(cut in 0..STREAM.len()) {
            let (mut whole, mut cutting) = (LineReader::default(), LineReader::default());
            let expected = whole.read(STREAM.as_bytes()).unwrap();
            let mut events = cutting.read(&STREAM.as_bytes()[..cut]).unwrap();
            events.extend(cutting.read(&STREAM.as_bytes()[cut..]).unwrap());
            prop_assert_eq!(events, expected);
            prop_assert_eq!(cutting.rest(), whole.rest());
        }
    }
}
