//! What a client of any dialect asks for, in our words.

use super::{CallRef, HostedTool, MessageId, Options, PromptMessage, Question, ToolOutcome, ToolSpec};

/// A request of a client that keeps the conversation itself, and tells all of it each time.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub model: Option<String>,
    /// What the model shall be, in this conversation.
    pub system: Option<String>,
    /// The conversation up to what is new, oldest first.
    pub told: Vec<PromptMessage>,
    pub news: News,
    /// The tools that the client runs.
    pub tools: Vec<ToolSpec>,
    pub options: Options,
    /// The tools that the provider runs.
    pub hosted: Vec<HostedTool>,
    pub stream: bool,
}

/// What is new in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Question(Question),
    /// What became of calls that a turn waits for.
    Decisions(Vec<(CallRef, Decision)>),
    /// Nothing, but the model's own call was told last: the client wants to hear what comes of it.
    Follow(CallRef),
}

/// Which answer shall be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    Last,
    /// This one, if it is the last.
    Only(MessageId),
}

/// What a user or a client has to say about a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    Allow,
    Deny { reason: Option<String> },
    Outcome(ToolOutcome),
}
