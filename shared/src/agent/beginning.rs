//! What a turn needs to run, whether it begins or goes on after a pause.

use std::sync::Arc;
use std::time::SystemTime;

use crate::domain::{Head, Message, ModelRef, PromptMessage, Session, Transcript, UserId};
use crate::llm::{self, Model, ModelRequest};

use super::consultant::{Consultant, Told};
use super::feed::Feed;
use super::prompt::{self, Window};
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
            echo: None,
        }
    }

    /// The conversation up to this question, and what was said so far.
    pub(super) fn beginning(&self, turn: &Turn, conversation: Told, said: Transcript) -> Beginning {
        let Head { model, question, options, .. } = &turn.head;
        let Told { system, messages } = conversation;
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
        let room = window.room(&request.system, &request.tools, options.max_tokens);
        Beginning { request, said, room }
    }
}

/// The conversation as its session has kept it.
pub(super) fn kept(session: &Session, history: Vec<Message>) -> Told {
    let said = |Message { role, parts, .. }| PromptMessage { role, parts };
    Told { system: session.system_prompt.clone(), messages: Some(history.into_iter().map(said).collect()) }
}

/// What a client tells goes before what its session has kept. Who tells the conversation tells all of it.
pub(super) fn heard(told: Option<Told>, kept: Told) -> Told {
    match told {
        None => kept,
        Some(Told { system, messages: None }) => Told { system: system.or(kept.system), ..kept },
        Some(told) => told,
    }
}

pub(super) fn window(model: &ModelRef) -> Window {
    Window::of(llm::facts(model).and_then(|facts| facts.context_tokens))
}
