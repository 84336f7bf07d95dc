//! What a turn needs to run, whether it begins or goes on after a pause.

use std::sync::Arc;
use std::time::SystemTime;

use crate::domain::{Head, Message, ModelRef, PromptMessage, Session, Transcript, UserId};
use crate::llm::{self, Model, ModelRequest};

use super::consultant::{ClientContext, Consultant};
use super::feed::Feed;
use super::prompt::{self, ContextWindow};
use super::steps::Beginning;
use super::turn::Turn;

impl Consultant {
    pub(super) fn turn_of(
        &self,
        owner: &UserId,
        head: Head,
        writer: String,
        model: Arc<dyn Model>,
        feed: Arc<Feed>,
        deadline: Option<SystemTime>,
    ) -> Turn {
        Turn {
            owner: owner.clone(),
            toolbox: self.tools().toolbox(&head.tools),
            head,
            writer,
            model,
            prices: llm::price,
            config: self.config.clone(),
            store: self.store.clone(),
            live: self.live.clone(),
            feed,
            deadline,
            fingerprint: None,
        }
    }

    /// The conversation up to this question, and what was said so far.
    pub(super) fn beginning(&self, turn: &Turn, conversation: ClientContext, said: Transcript) -> Beginning {
        let Head { model, question, options, .. } = &turn.head;
        let ClientContext { system, messages } = conversation;
        let messages = messages.unwrap_or_default();
        let request = ModelRequest {
            model: model.name.clone(),
            system: system.unwrap_or_else(|| self.config.system_prompt.clone()),
            messages: prompt::messages(messages, question),
            tools: turn.toolbox.specs(),
            options: options.clone(),
            hosted: turn.head.hosted.clone(),
            user: turn.owner.to_string(),
            session: turn.head.session.to_string(),
        };
        // Whoever answers has to be able to read it.
        let window = window(model).within(self.models().least_fallback_window(model));
        let token_budget = window.token_budget(&request.system, &request.tools, options.max_tokens);
        Beginning { request, said, token_budget }
    }
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

pub(super) fn window(model: &ModelRef) -> ContextWindow {
    ContextWindow::of(llm::facts(model).and_then(|facts| facts.context_tokens))
}
