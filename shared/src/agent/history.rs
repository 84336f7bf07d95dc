//! The conversation that a model hears: what its session has stored, or what the client sends instead.

use futures::join;

use crate::domain::{Head, Message, PromptMessage, Session, SessionId, UserId};
use crate::error::Result;

use super::ask::{Ask, ClientContext};
use super::consultant::Consultant;
use super::prompt;
use super::target::Target;

impl Consultant {
    pub(super) async fn history(
        &self,
        owner: &UserId,
        session: Option<&SessionId>,
        consistent: bool,
    ) -> Result<Vec<Message>> {
        match session {
            Some(session) => self.store.newest_messages(owner, session, prompt::MAX_MESSAGES, consistent).await,
            None => Ok(Vec::new()),
        }
    }

    /// None for a client that sends the conversation itself. A user who is being erased is refused.
    pub(super) async fn history_for(&self, owner: &UserId, ask: &Ask, target: &Target) -> Result<Vec<Message>> {
        let kept = target.session().filter(|_| ask.messages().is_none());
        let (allowed, history) = join!(self.store.check_not_erased(owner), self.history(owner, kept, false));
        allowed.and(history)
    }

    /// The history was read while the session was being taken: if it lacks the last answer, it is read again.
    pub(super) async fn complete(
        &self,
        owner: &UserId,
        ask: &Ask,
        session: &Session,
        history: Vec<Message>,
    ) -> Result<Vec<Message>> {
        if ask.messages().is_some() || history.last().map(|message| &message.id) == session.last_message.as_ref() {
            return Ok(history);
        }
        self.history(owner, Some(&session.id), true).await
    }
}

/// The history, but for the exchange that this turn stands for.
pub(super) fn without(history: Vec<Message>, head: &Head) -> Vec<Message> {
    let Some(question) = &head.replaces else { return history };
    let gone = [question.clone(), question.next()];
    history.into_iter().filter(|message| !gone.contains(&message.id)).collect()
}

/// The conversation as its session has kept it.
pub(super) fn kept(session: &Session, history: Vec<Message>) -> ClientContext {
    let said = |Message { role, parts, .. }| PromptMessage { role, parts };
    ClientContext { system: session.system_prompt.clone(), messages: Some(history.into_iter().map(said).collect()) }
}

/// What a client tells goes before what its session has kept. Who tells the conversation tells all of it.
pub(super) fn heard(client_context: Option<ClientContext>, kept: ClientContext) -> ClientContext {
    match client_context {
        None => kept,
        Some(ClientContext { system, messages: None }) => ClientContext { system: system.or(kept.system), ..kept },
        Some(client_context) => client_context,
    }
}
