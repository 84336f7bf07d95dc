//! What a turn needs to run, whether it begins or goes on after a pause.

use std::sync::Arc;
use std::time::SystemTime;

use crate::domain::{Head, ModelRef, Transcript, UserId};
use crate::error::{Error, Result, codes};
use crate::llm::{self, Chosen, ModelRequest};

use super::ask::{Ask, ClientContext};
use super::consultant::Consultant;
use super::feed::Feed;
use super::prompt::{self, ContextWindow};
use super::steps::Beginning;
use super::turn::Turn;

impl Consultant {
    /// A turn that this process is about to write.
    pub(super) fn turn_of(
        &self,
        owner: &UserId,
        head: Head,
        writer: String,
        chosen: Chosen,
        feed: Arc<Feed>,
        deadline: Option<SystemTime>,
    ) -> Turn {
        Turn {
            owner: owner.clone(),
            toolbox: self.tools().toolbox(&head.tools),
            head,
            writer,
            chosen,
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
        // Every model that may answer has to be able to read it.
        let window = window(model).within(turn.chosen.fallback_window);
        let token_budget = window.token_budget(&request.system, &request.tools, options.max_tokens);
        Beginning { request, said, token_budget }
    }
}

pub(super) fn window(model: &ModelRef) -> ContextWindow {
    ContextWindow::of(llm::facts(model).and_then(|facts| facts.context_tokens))
}

/// Whether the model's provider runs what is asked for, and beside the tools that the client runs.
pub(super) fn check_provider(Chosen { name, model, .. }: &Chosen, ask: &Ask) -> Result<()> {
    if let Some(tool) = ask.hosted.iter().find(|tool| !model.runs(tool)) {
        let why = format!("The provider of {name} does not run {}.", tool.kind());
        return Err(Error::invalid("tools", why).with_code(codes::TOOL_NOT_RUN));
    }
    if !ask.hosted.is_empty() && !ask.tools.is_empty() && !model.mixes() {
        let why = format!("{name} takes tools that its provider runs or tools that you run, not both at once.");
        return Err(Error::invalid("tools", why).with_code(codes::TOOLS_NOT_MIXED));
    }
    Ok(())
}
