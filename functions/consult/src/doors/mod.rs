//! Doors: paths and dialects that existing clients speak. A door decodes, asks or decides, and encodes.

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

use shared::agent::{Ask, Asked, Decided, Place, Told};
use shared::app::App;
use shared::domain::{Again, Aside, CallRef, Decision, Decisions, Ending, Entry, News, Position, Request, UserId};
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
pub(crate) struct Visit {
    pub(crate) app: App,
    pub(crate) user: UserId,
    pub(crate) place: Place,
    pub(crate) key: Option<String>,
    pub(crate) deadline: Option<SystemTime>,
}

/// What comes of a request: a turn, and from where on it is the answer to it.
pub(crate) struct Opened {
    pub(crate) asked: Asked,
    pub(crate) from: Position,
}

/// How a client asks.
#[derive(Default)]
pub(crate) struct Manner {
    /// It keeps the conversation itself; otherwise its session does.
    pub(crate) keeps: bool,
    /// It wants another answer to its last question.
    pub(crate) again: Option<Again>,
    /// What it wants to hear again beside, whenever it reads what came of it.
    pub(crate) terms: Option<String>,
}

impl Visit {
    /// Who names what goes before leaves the conversation to us.
    pub(crate) async fn open(self, request: Request) -> Result<Opened> {
        let manner = Manner { keeps: self.keeps(), ..Manner::default() };
        Box::pin(self.open_as(request, manner)).await
    }

    pub(crate) fn keeps(&self) -> bool {
        !matches!(self.place, Place::Known(_) | Place::Next(..))
    }

    pub(crate) async fn open_as(self, mut request: Request, manner: Manner) -> Result<Opened> {
        let told = |request: &Request| Told {
            system: request.system.clone(),
            messages: manner.keeps.then(|| request.told.clone()),
        };
        if let News::Decisions(decisions, Some(aside)) = &request.news {
            if let Some(opened) = Box::pin(self.decide_with(aside, decisions, told(&request))).await? {
                return Ok(opened);
            }
            (request.told, request.news) = (aside.told.clone(), News::Question(aside.question.clone()));
        }
        let told = told(&request);
        match request.news {
            News::Question(question) => {
                let Request { model, tools, options, hosted, .. } = request;
                let (Self { app, user, place, key, deadline }, Manner { again, terms, .. }) = (self, manner);
                let (told, options) = (Some(told), options.checked()?);
                let ask = Ask { place, question, told, again, model, tools, hosted, options, terms, key, deadline };
                Ok(Opened { asked: app.consultant.ask(&user, ask).await?, from: 0 })
            }
            News::Decisions(decisions, _) => self.decide(decisions, told).await,
            News::Follow(call) => {
                let Decided { asked, from } = self.app.consultant.after_pause(&self.user, &call).await?;
                Ok(Opened { asked, from })
            }
        }
    }

    /// What a user says beside is for the turn that waits. None if none does any more: then it is a question.
    async fn decide_with(&self, aside: &Aside, decisions: &Decisions, told: Told) -> Result<Option<Opened>> {
        let opened = match aside.with(decisions) {
            Some(decisions) => self.decide(decisions, told).await,
            None => {
                Err(Error::invalid("messages", "What is said with the outcome of a call is text; with leave, nothing."))
            }
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
    async fn decide(&self, decisions: Decisions, told: Told) -> Result<Opened> {
        let Self { app, user, deadline, .. } = self;
        let mut opened = None;
        for (CallRef { turn, call }, decision) in decisions {
            let told = Some(told.clone());
            let Decided { asked, from } = app.consultant.decide(user, &turn, &call, &decision, told, *deadline).await?;
            let from = match decision {
                // The client knows what it has just said.
                Decision::Outcome(_) => from + 1,
                Decision::Allow | Decision::Deny { .. } => opened.map_or(from, |before: Opened| before.from.min(from)),
            };
            opened = Some(Opened { asked, from });
        }
        opened.ok_or_else(|| Error::not_found("call"))
    }
}

impl Opened {
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
