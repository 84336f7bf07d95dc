//! Compatible APIs: paths and dialects that existing clients speak. A handler here decodes, asks or decides, and encodes.

mod chat;
mod completions;
mod conversation_api;
mod count_tokens;
mod messages;
mod response;
mod responses;
mod run;
mod starter;

use std::sync::Arc;

use shared::agent::{Ask, Asked, ClientContext, Decided, Target};
use shared::domain::{
    CallRef, Decision, Decisions, Ending, Entry, Interjection, NewInput, Position, Question, Regenerate, Request,
};
use shared::error::{Error, ErrorKind, Result, codes};
use shared::wire::Answer;

use crate::request::AskRequest;

pub(crate) use chat::{chat, resume};
pub(crate) use completions::completions;
pub(crate) use conversation_api::{MessageBody, say, say_streamed};
pub(crate) use count_tokens::{Count, count_tokens};
pub(crate) use messages::messages;
pub(crate) use response::{cancel, delete, input_items, retrieve};
pub(crate) use responses::create;
pub(crate) use run::run;
pub(crate) use starter::turn_response;

/// What comes of a request: a turn, and from where on it is the answer to it.
pub(crate) struct Started {
    pub(crate) asked: Asked,
    pub(crate) from: Position,
}

/// How a client asks.
#[derive(Default)]
pub(crate) struct AskOptions {
    /// It keeps the conversation itself; otherwise its session does.
    pub(crate) keeps: bool,
    /// It wants another answer to its last question.
    pub(crate) regenerate: Option<Regenerate>,
    /// What it wants to hear again beside, whenever it reads what came of it.
    pub(crate) client_fields: Option<String>,
}

impl AskOptions {
    /// A client that names its session leaves the conversation to us.
    pub(crate) fn of(target: &Target) -> Self {
        Self { keeps: !target.keeps_conversation(), ..Self::default() }
    }

    fn context(&self, request: &Request) -> ClientContext {
        let messages = self.keeps.then(|| request.history.clone());
        ClientContext { system: request.system.clone(), messages }
    }
}

impl AskRequest {
    /// Asks what is new in a client's request, or goes on with the turn that waits for it.
    pub(crate) async fn open(self, target: Target, mut request: Request, options: AskOptions) -> Result<Started> {
        if let NewInput::Decisions(decisions, Some(interjection)) = &request.new_input {
            let context = options.context(&request);
            if let Some(started) = Box::pin(self.decide_with(interjection, decisions, context)).await? {
                return Ok(started);
            }
            let question = NewInput::Question(interjection.question.clone());
            (request.history, request.new_input) = (interjection.history.clone(), question);
        }
        match request.new_input.clone() {
            NewInput::Question(question) => self.ask_new(target, question, request, options).await,
            NewInput::Decisions(decisions, _) => self.decide(decisions, options.context(&request)).await,
            NewInput::Follow(call) => Ok(self.app.consultant.after_pause(&self.user, &call).await?.into()),
        }
    }

    async fn ask_new(
        self,
        target: Target,
        question: Question,
        request: Request,
        wanted: AskOptions,
    ) -> Result<Started> {
        let client_context = Some(wanted.context(&request));
        let Request { model, tools, hosted, options, .. } = request;
        let AskOptions { regenerate, client_fields, .. } = wanted;
        let (options, ask) = (options.checked()?, Ask::new(target, question));
        let ask = Ask { client_context, regenerate, model, tools, hosted, options, client_fields, ..ask };
        Ok(Started { asked: self.ask(ask).await?, from: 0 })
    }

    /// What a user says beside is for the turn that waits. None if none does any more: then it is a question.
    async fn decide_with(
        &self,
        interjection: &Interjection,
        decisions: &Decisions,
        context: ClientContext,
    ) -> Result<Option<Started>> {
        let started = match interjection.with(decisions) {
            Some(decisions) => self.decide(decisions, context).await,
            None => Err(Error::invalid(
                "messages",
                "What is said with the outcome of a call is text; with an approval, nothing.",
            )),
        };
        let is_about_calls =
            |error: &Error| matches!(error.kind(), ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Conflict);
        match started {
            Err(error) if is_about_calls(&error) && !self.is_waited_for(decisions).await? => Ok(None),
            started => started.map(Some),
        }
    }

    /// Whether a turn waits for one of them.
    async fn is_waited_for(&self, decisions: &Decisions) -> Result<bool> {
        for (CallRef { turn, call }, _) in decisions {
            match self.app.consultant.turn_closing_lapsed(&self.user, turn).await {
                Ok(turn) if turn.waits.iter().any(|wait| wait.call == *call) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// All decisions of one request; the last goes on with the turn.
    async fn decide(&self, decisions: Decisions, context: ClientContext) -> Result<Started> {
        let Self { app, user, deadline, .. } = self;
        let mut started = None;
        for (CallRef { turn, call }, decision) in decisions {
            let context = Some(context.clone());
            let Decided { asked, from } =
                app.consultant.decide(user, &turn, &call, &decision, context, *deadline).await?;
            let from = match decision {
                // The client knows what it has just said.
                Decision::Outcome(_) => from + 1,
                Decision::Allow | Decision::Deny { .. } => {
                    started.map_or(from, |before: Started| before.from.min(from))
                }
            };
            started = Some(Started { asked, from });
        }
        started.ok_or_else(|| Error::not_found("call"))
    }
}

impl From<Decided> for Started {
    fn from(Decided { asked, from }: Decided) -> Self {
        Self { asked, from }
    }
}

impl Started {
    /// All of the turn, up to its end.
    pub(crate) async fn entries(mut self) -> Vec<Arc<Entry>> {
        let mut entries = Vec::new();
        while let Some(batch) = self.asked.events.next().await {
            entries.extend(batch);
        }
        entries
    }

    /// Waits for the end.
    pub(crate) async fn whole(self) -> Result<Answer> {
        let from = self.from;
        let entries = self.entries().await;
        let answer = Answer::of(entries.iter().map(AsRef::<Entry>::as_ref), from);
        let answer = answer.ok_or_else(|| Error::internal("a turn without a beginning"))?;
        match answer.said.ending() {
            Some(Ending::Failed { detail, .. }) => Err(Error::new(codes::ANSWER_FAILED, detail.clone())),
            Some(Ending::Cancelled) => Err(Error::new(codes::ANSWER_CANCELLED, "The answer was cancelled.")),
            Some(Ending::Interrupted) => Err(Error::unavailable("answer")),
            Some(Ending::Completed { .. }) | None => Ok(answer),
        }
    }
}
