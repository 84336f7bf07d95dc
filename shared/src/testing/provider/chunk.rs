//! Steps of a script as the bytes of an `OpenAI` chat completion stream.

use serde_json::{Value, json};

use super::Step;

pub(super) struct ChunkScript {
    model: String,
    pieces: usize,
    tools: usize,
}

impl ChunkScript {
    pub(super) fn new(model: String) -> Self {
        Self { model, pieces: 0, tools: 0 }
    }

    /// The writes that make up one step.
    pub(super) fn render(&mut self, step: Step) -> Vec<Vec<u8>> {
        match step {
            Step::Say(text) => vec![self.delta(&json!({ "content": text }))],
            Step::Reason(text) => vec![self.delta(&json!({ "reasoning_content": text }))],
            Step::ToolCall { id, name, arguments } => self.tool_call(&id, &name, &arguments),
            Step::Raw(bytes) => vec![bytes],
            Step::Split(bytes) => bytes.into_iter().map(|byte| vec![byte]).collect(),
            Step::Event(json) => vec![sse(&json)],
            Step::Finish => self.finish(if self.tools == 0 { "stop" } else { "tool_calls" }),
            Step::FinishBecause(reason) => self.finish(&reason),
            Step::Status(..) => panic!("a status cannot follow the first byte of an answer"),
            Step::Pause(_) | Step::Gate(_) | Step::Stall | Step::Reset | Step::End => vec![],
        }
    }

    fn delta(&mut self, delta: &Value) -> Vec<u8> {
        self.pieces += 1;
        sse(&self.chunk(&json!([{ "index": 0, "delta": delta, "finish_reason": null }])))
    }

    fn tool_call(&mut self, id: &str, name: &str, arguments: &str) -> Vec<Vec<u8>> {
        let index = self.tools;
        self.tools += 1;
        let function = json!({ "name": name, "arguments": "" });
        let call = json!({ "index": index, "id": id, "type": "function", "function": function });
        let middle = arguments.char_indices().map(|(at, _)| at).nth(arguments.chars().count() / 2);
        let (first, second) = arguments.split_at(middle.unwrap_or(0));
        let mut writes = vec![self.delta(&json!({ "tool_calls": [call] }))];
        for part in [first, second] {
            let call = json!({ "index": index, "function": { "arguments": part } });
            writes.push(self.delta(&json!({ "tool_calls": [call] })));
        }
        writes
    }

    fn finish(&self, reason: &str) -> Vec<Vec<u8>> {
        let end = self.chunk(&json!([{ "index": 0, "delta": {}, "finish_reason": reason }]));
        let mut usage = self.chunk(&json!([]));
        usage["usage"] = json!({
            "prompt_tokens": 7,
            "completion_tokens": self.pieces,
            "total_tokens": 7 + self.pieces,
        });
        vec![sse(&end), sse(&usage), b"data: [DONE]\n\n".to_vec()]
    }

    fn chunk(&self, choices: &Value) -> Value {
        json!({
            "id": "chatcmpl-fake",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": self.model,
            "choices": choices,
        })
    }
}

fn sse(json: &Value) -> Vec<u8> {
    format!("data: {json}\n\n").into_bytes()
}
