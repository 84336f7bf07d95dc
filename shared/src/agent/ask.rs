//! A question with all that goes with it, and what comes of it.

use std::time::SystemTime;

use crate::domain::{
    Ending, Head, HostedTool, Message, Options, Position, PromptMessage, Question, Regenerate, SessionId, Status,
    Timestamp, ToolSpec, TurnId, Usage, Wait,
};
use crate::store::Log;

use super::close;
use super::follow::Follower;
use super::target::Target;

/// What a user wants to know.
pub struct Ask {
    pub target: Target,
    pub question: Question,
    pub client_context: Option<ClientContext>,
    /// It asks the last question again: the answer then takes the place of this one.
    pub regenerate: Option<Regenerate>,
    pub model: Option<String>,
    /// The tools that the client runs.
    pub tools: Vec<ToolSpec>,
    pub options: Options,
    /// The tools that the provider runs.
    pub hosted: Vec<HostedTool>,
    /// What its client has said of it beside, and wants to hear again, in the client's words.
    pub client_fields: Option<String>,
    /// The client's idempotency key.
    pub key: Option<String>,
    /// When this host will be gone.
    pub deadline: Option<SystemTime>,
}

/// What a client tells beside its question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientContext {
    /// Instead of what the session says.
    pub system: Option<String>,
    /// The conversation, oldest first, without the question; none when its session has kept it.
    pub messages: Option<Vec<PromptMessage>>,
}

impl Ask {
    pub fn new(target: Target, question: Question) -> Self {
        Self {
            target,
            question,
            client_context: None,
            regenerate: None,
            model: None,
            tools: Vec::new(),
            options: Options::default(),
            hosted: Vec::new(),
            client_fields: None,
            key: None,
            deadline: None,
        }
    }

    /// The conversation, if the client keeps it itself.
    pub(super) fn messages(&self) -> Option<&[PromptMessage]> {
        self.client_context.as_ref()?.messages.as_deref()
    }

    /// All that makes two requests the same.
    pub(super) fn request_text(&self) -> String {
        let question = serde_json::to_string(self.question.parts()).unwrap_or_default();
        let session = self.target.session().map_or("", SessionId::as_str);
        let tools = serde_json::to_string(&(&self.tools, &self.hosted)).unwrap_or_default();
        let options = serde_json::to_string(&self.options).unwrap_or_default();
        let client_context =
            self.client_context.as_ref().map_or_else(String::new, |client_context| format!("{client_context:?}"));
        let model = self.model.as_deref().unwrap_or_default();
        let client_fields = self.client_fields.as_deref().unwrap_or_default();
        format!("{session}\n{model}\n{question}\n{tools}\n{options}{client_context}{client_fields}")
    }
}

/// A turn that answers, and a view of it.
pub struct Asked {
    pub turn: TurnId,
    pub session: SessionId,
    pub events: Follower,
    /// Where it ends, if it has ended.
    pub end: Option<Position>,
}

impl Asked {
    pub(super) fn new(head: &Head, events: Follower, end: Option<Position>) -> Self {
        Self { turn: head.turn.clone(), session: head.session.clone(), events, end }
    }
}

/// A turn as it stands.
pub struct TurnView {
    pub head: Head,
    pub question: Message,
    /// None until something was said.
    pub answer: Option<Message>,
    pub status: Status,
    pub ended_at: Option<Timestamp>,
    pub usage: Usage,
    pub ending: Option<Ending>,
    pub waits: Vec<Wait>,
}

impl TurnView {
    pub(super) fn of(log: &Log) -> Self {
        let transcript = log.transcript();
        let answer = close::answer(&log.head, &transcript, log.last_at());
        TurnView {
            question: close::question(&log.head),
            status: answer.status,
            answer: (!answer.parts.is_empty()).then_some(answer),
            ended_at: transcript.ending().map(|_| log.last_at()),
            usage: transcript.usage(),
            waits: transcript.waits().open().to_vec(),
            ending: transcript.ending().cloned(),
            head: log.head.clone(),
        }
    }
}
