//! What the fake model server does with one request.

use std::time::Duration;

use serde_json::Value;

#[derive(Clone, Debug)]
pub enum Step {
    /// A piece of the answer.
    Say(String),
    /// A piece of the reasoning before the answer (`delta.reasoning_content`).
    Reason(String),
    /// The model wants a tool called; sent in three pieces, as providers do.
    ToolCall {
        id: String,
        name: String,
        arguments: String,
    },
    /// These bytes and nothing else, in one write.
    Raw(Vec<u8>),
    /// These bytes, each in a write of its own.
    Split(Vec<u8>),
    /// Any JSON as one SSE event.
    Event(Value),
    Pause(Duration),
    /// Waits until the test releases it.
    Gate(String),
    /// Waits for ever.
    Stall,
    /// Breaks the TCP connection in the middle of the answer.
    Reset,
    /// Ends the answer cleanly, but without a finish reason and without `[DONE]`.
    End,
    /// Finish reason, usage, `[DONE]`.
    Finish,
    /// The same with this finish reason.
    FinishBecause(String),
    /// Another answer than a stream; only as the first step or after waiting.
    Status(u16, Vec<(String, String)>, String),
}

/// A list of steps, written like a sentence: `Script::new().say("Hel").gate("g").say("lo").finish()`.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub steps: Vec<Step>,
}

impl From<Vec<Step>> for Script {
    fn from(steps: Vec<Step>) -> Self {
        Self { steps }
    }
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    /// A whole good answer, word by word.
    pub fn says(text: &str) -> Self {
        text.split_inclusive(' ').fold(Self::new(), Self::say).finish()
    }

    /// A whole good answer of so many pieces: `t0 t1 t2 …`.
    pub fn tokens(count: usize) -> Self {
        (0..count).fold(Self::new(), |script, n| script.say(&format!("t{n} "))).finish()
    }

    /// A refusal in the provider's own shape.
    pub fn fails(status: u16) -> Self {
        let body = r#"{"error":{"message":"provider says no: req_secret_7","type":"fake"}}"#;
        Self::status(status, &[("content-type", "application/json")], body)
    }

    /// A refusal that says when to come back.
    pub fn busy(status: u16, retry_after_seconds: u64) -> Self {
        let seconds = retry_after_seconds.to_string();
        let headers = [("content-type", "application/json"), ("retry-after", &seconds)];
        Self::status(status, &headers, r#"{"error":{"message":"slow down","type":"fake"}}"#)
    }

    /// A web page where JSON was expected, as a broken proxy sends it.
    pub fn html() -> Self {
        let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
        Self::status(200, &[("content-type", "text/html")], page)
    }

    /// Accepts the request and never answers.
    pub fn silent() -> Self {
        Self::new().stalls()
    }

    pub fn status(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Self::new().step(Step::Status(status, headers.collect(), body.to_owned()))
    }

    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    #[must_use]
    pub fn say(self, text: &str) -> Self {
        self.step(Step::Say(text.to_owned()))
    }

    #[must_use]
    pub fn reason(self, text: &str) -> Self {
        self.step(Step::Reason(text.to_owned()))
    }

    #[must_use]
    pub fn calls_tool(self, id: &str, name: &str, arguments: &str) -> Self {
        let (id, name, arguments) = (id.to_owned(), name.to_owned(), arguments.to_owned());
        self.step(Step::ToolCall { id, name, arguments })
    }

    #[must_use]
    pub fn raw(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Raw(bytes.into()))
    }

    #[must_use]
    pub fn split(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Split(bytes.into()))
    }

    #[must_use]
    pub fn event(self, json: Value) -> Self {
        self.step(Step::Event(json))
    }

    #[must_use]
    pub fn pause(self, time: Duration) -> Self {
        self.step(Step::Pause(time))
    }

    #[must_use]
    pub fn gate(self, name: &str) -> Self {
        self.step(Step::Gate(name.to_owned()))
    }

    #[must_use]
    pub fn stalls(self) -> Self {
        self.step(Step::Stall)
    }

    #[must_use]
    pub fn resets(self) -> Self {
        self.step(Step::Reset)
    }

    #[must_use]
    pub fn ends(self) -> Self {
        self.step(Step::End)
    }

    #[must_use]
    pub fn finish(self) -> Self {
        self.step(Step::Finish)
    }

    #[must_use]
    pub fn finish_because(self, reason: &str) -> Self {
        self.step(Step::FinishBecause(reason.to_owned()))
    }
}
