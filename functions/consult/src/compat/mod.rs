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
use std::time::SystemTime;

use shared::agent::{Ask, Asked, ClientContext, Decided, Target};
use shared::app::App;
use shared::domain::{
    CallRef, Decision, Decisions, Ending, Entry, Interjection, NewInput, Position, Regenerate, Request, UserId,
};
use shared::error::{Error, ErrorKind, Result};
use shared::wire::Answer;

pub(crate) use chat::{chat, resume};
pub(crate) use completions::completions;
pub(crate) use conversation_api::{MessageBody, say, say_streamed};
pub(crate) use count_tokens::{Count, count_tokens};
pub(crate) use messages::messages;
pub(crate) use response::{cancel, delete, input_items, retrieve};
pub(crate) use responses::create;
pub(crate) use run::run;
pub(crate) use starter::turn_response;

/// Who asks, and how.
pub(crate) struct CompatRequest {
    pub(crate) app: App,
    pub(crate) user: UserId,
    pub(crate) target: Target,
    pub(crate) key: Option<String>,
    pub(crate) deadline: Option<SystemTime>,
}

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

impl CompatRequest {
    /// Who names what goes before leaves the conversation to us.
    pub(crate) async fn open(self, request: Request) -> Result<Started> {
        let manner = AskOptions { keeps: self.keeps(), ..AskOptions::default() };
        Box::pin(self.open_as(request, manner)).await
    }

    pub(crate) fn keeps(&self) -> bool {
        !matches!(self.target, Target::Known(_) | Target::Next(..))
    }

    pub(crate) async fn open_as(self, mut request: Request, manner: AskOptions) -> Result<Started> {
        let client_context = |request: &Request| ClientContext {
            system: request.system.clone(),
            messages: manner.keeps.then(|| request.history.clone()),
        };
        if let NewInput::Decisions(decisions, Some(interjection)) = &request.new_input {
            if let Some(opened) = Box::pin(self.decide_with(interjection, decisions, client_context(&request))).await? {
                return Ok(opened);
            }
            (request.history, request.new_input) =
                (interjection.history.clone(), NewInput::Question(interjection.question.clone()));
        }
        let client_context = client_context(&request);
        match request.new_input {
            NewInput::Question(question) => {
                let Request { model, tools, options, hosted, .. } = request;
                let (Self { app, user, target, key, deadline }, AskOptions { regenerate, client_fields, .. }) =
                    (self, manner);
                let (client_context, options) = (Some(client_context), options.checked()?);
                let ask = Ask {
                    target,
                    question,
                    client_context,
                    regenerate,
                    model,
                    tools,
                    hosted,
                    options,
                    client_fields,
                    key,
                    deadline,
                };
                Ok(Started { asked: app.consultant.ask(&user, ask).await?, from: 0 })
            }
            NewInput::Decisions(decisions, _) => self.decide(decisions, client_context).await,
            NewInput::Follow(call) => {
                let Decided { asked, from } = self.app.consultant.after_pause(&self.user, &call).await?;
                Ok(Started { asked, from })
            }
        }
    }

    /// What a user says beside is for the turn that waits. None if none does any more: then it is a question.
    async fn decide_with(
        &self,
        interjection: &Interjection,
        decisions: &Decisions,
        client_context: ClientContext,
    ) -> Result<Option<Started>> {
        let opened = match interjection.with(decisions) {
            Some(decisions) => self.decide(decisions, client_context).await,
            None => Err(Error::invalid(
                "messages",
                "What is said with the outcome of a call is text; with an approval, nothing.",
            )),
        };
        let is_about_calls =
            |error: &Error| matches!(error.kind(), ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Conflict);
        match opened {
            Err(error) if is_about_calls(&error) && !self.is_waited_for(decisions).await? => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Whether a turn waits for one of them.
    async fn is_waited_for(&self, decisions: &Decisions) -> Result<bool> {
        for (CallRef { turn, call }, _) in decisions {
            match self.app.consultant.turn(&self.user, turn).await {
                Ok(turn) if turn.waits.iter().any(|wait| wait.call == *call) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// All that was told at once; the last of it goes on with the turn.
    async fn decide(&self, decisions: Decisions, client_context: ClientContext) -> Result<Started> {
        let Self { app, user, deadline, .. } = self;
        let mut opened = None;
        for (CallRef { turn, call }, decision) in decisions {
            let client_context = Some(client_context.clone());
            let Decided { asked, from } =
                app.consultant.decide(user, &turn, &call, &decision, client_context, *deadline).await?;
            let from = match decision {
                // The client knows what it has just said.
                Decision::Outcome(_) => from + 1,
                Decision::Allow | Decision::Deny { .. } => opened.map_or(from, |before: Started| before.from.min(from)),
            };
            opened = Some(Started { asked, from });
        }
        opened.ok_or_else(|| Error::not_found("call"))
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
            Some(Ending::Failed { detail, .. }) => Err(Error::upstream("answer_failed", detail.clone())),
            Some(Ending::Cancelled) => Err(Error::conflict("answer_cancelled", "The answer was cancelled.")),
            Some(Ending::Interrupted) => Err(Error::unavailable("answer")),
            Some(Ending::Completed { .. }) | None => Ok(answer),
        }
    }
}
