//! Reads an event stream as a client does, frame by frame; dropping it hangs up.

use reqwest::Response;
use serde_json::Value;

use crate::net::SseReader;

#[derive(Clone, Debug)]
pub struct SseFrame {
    /// The frame as it came, without the empty line that ends it.
    pub raw: String,
    pub id: Option<u64>,
    pub name: String,
    pub data: String,
}

impl SseFrame {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or(Value::Null)
    }
}

pub struct Stream {
    reply: Response,
    buffer: Vec<u8>,
    /// The id of the last frame that had one.
    pub last_id: u64,
    pub comments: usize,
}

impl Stream {
    pub fn new(reply: Response) -> Self {
        Self { reply, buffer: Vec::new(), last_id: 0, comments: 0 }
    }

    /// The next frame; none when the stream ended, however it ended.
    pub async fn next(&mut self) -> Option<SseFrame> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(frame) = self.frame(&block) {
                    return Some(frame);
                }
            }
            let bytes = self.reply.chunk().await.ok().flatten()?;
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// Everything that is left.
    pub async fn rest(&mut self) -> Vec<SseFrame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            frames.push(frame);
        }
        frames
    }

    /// Reads until this text has been said (ui dialect), and returns all that was said up to there.
    pub async fn until(&mut self, text: &str) -> String {
        let mut said = String::new();
        while !said.contains(text) {
            let frame = self.next().await.unwrap_or_else(|| panic!("the stream ended after {said:?}"));
            said += &text_of(&[frame]);
        }
        said
    }

    fn frame(&mut self, block: &[u8]) -> Option<SseFrame> {
        let raw = String::from_utf8(block.to_vec()).expect("UTF-8").trim_end().to_owned();
        let Some(event) = SseReader::default().read(block).expect("an event stream").pop() else {
            self.comments += 1;
            return None;
        };
        let id = raw.lines().find_map(|line| line.strip_prefix("id: ")).map(|id| id.parse().expect("a position"));
        self.last_id = id.unwrap_or(self.last_id);
        Some(SseFrame { raw, id, name: event.name, data: event.data })
    }
}

/// What `text-delta` parts (ui dialect) say.
pub fn text_of(frames: &[SseFrame]) -> String {
    let deltas = frames.iter().map(SseFrame::json).filter(|part| part["type"] == "text-delta");
    deltas.filter_map(|part| part["delta"].as_str().map(str::to_owned)).collect()
}

/// What the parts (ui dialect) say about how the answer ended: one word, if all is well.
pub fn endings_of(frames: &[SseFrame]) -> Vec<String> {
    let kinds = frames.iter().filter_map(|frame| frame.json()["type"].as_str().map(str::to_owned));
    kinds.filter(|kind| ["finish", "abort", "error"].contains(&kind.as_str())).collect()
}
