//! The loop: asks the model, listens, calls tools, asks again; saves before it says goodbye.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::{FutureExt, StreamExt};
use tokio::time::{sleep, timeout};

use crate::config::AgentConfig;
use crate::domain::{
    BlockId, Ending, Head, ModelEvent, Part, Role, Status, StopReason, TextKind, Timestamp, ToolCall, TurnEvent, Usage,
    UserId,
};
use crate::error::{Error, ErrorKind, Result};
use crate::llm::{Model, ModelRequest, PromptMessage};
use crate::store::Store;
use crate::tools::Toolbox;

use super::feed::Feed;
use super::live::Live;
use super::scribe::{Scribe, Stop};
use super::settle;

/// More than any answer we keep.
const MOST_ANSWER_BYTES: usize = 4 << 20;
const MOST_STEPS: usize = 8;
/// What a host must leave us to save what was said.
const SAVING: Duration = Duration::from_secs(5);
/// How long the messages of an ended turn are tried; after that whoever reads the session stores them.
const KEEPING: Duration = Duration::from_secs(10);

pub(super) struct Turn {
    pub(super) owner: UserId,
    pub(super) head: Head,
    pub(super) model: Arc<dyn Model>,
    pub(super) config: AgentConfig,
    pub(super) store: Store,
    pub(super) live: Live,
    pub(super) feed: Arc<Feed>,
    pub(super) deadline: Option<SystemTime>,
}

impl Turn {
    pub(super) async fn run(self, request: ModelRequest) {
        let Self { owner, head, store, live, feed, .. } = &self;
        let _seat = live.seat(owner, &head.turn, feed);
        let mut scribe = Scribe::new(store, owner, &head.turn, &head.writer, self.config.lease, feed);
        let stop = {
            let steps = AssertUnwindSafe(self.steps(request)).catch_unwind();
            tokio::select! {
                ending = steps => Ok(ending.unwrap_or_else(|_| failed(&Error::internal("the turn panicked")))),
                stop = scribe.keep() => Err(stop),
                () = self.live.drained() => Ok(Ending::Interrupted),
                () = self.host_ends() => Ok(Ending::Interrupted),
            }
        };
        let closing = scribe.closing_events();
        let ending = match stop {
            Ok(ending) => Box::pin(self.close(&mut scribe, &closing, ending)).await,
            Err(Stop::Cancelled) => Box::pin(self.close(&mut scribe, &closing, Ending::Cancelled)).await,
            Err(Stop::Fenced(ending)) => ending,
            Err(Stop::StoreLost(error)) => failed(&error),
        };
        let (turn, status) = (&self.head.turn, Status::from(&ending));
        tracing::info!(%turn, session = %self.head.session, model = %self.head.model, ?status, "turn ended");
        closing.into_iter().chain([TurnEvent::Ended(ending)]).for_each(|event| self.feed.push(event));
    }

    /// Saves, then says: the log first, then the messages, and only then may anybody hear that it has ended.
    async fn close(&self, scribe: &mut Scribe, closing: &[TurnEvent], ending: Ending) -> Ending {
        match scribe.close(closing, &ending).await {
            Ok(None) => {}
            // Whoever ended it has stored what the log says; this writer may have heard more than that.
            Ok(Some(standing)) => return standing,
            Err(error) => return failed(&error),
        }
        let keep = settle::keep(&self.store, &self.owner, &self.head, scribe.transcript(), Timestamp::now());
        match Box::pin(timeout(KEEPING, keep)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(turn = %self.head.turn, %error, "messages not stored yet"),
            Err(_) => tracing::error!(turn = %self.head.turn, "messages not stored in time"),
        }
        ending
    }

    async fn host_ends(&self) {
        match self.deadline.map(|at| at.duration_since(SystemTime::now()).unwrap_or_default()) {
            Some(left) => sleep(left.saturating_sub(SAVING)).await,
            None => std::future::pending().await,
        }
    }

    async fn steps(&self, mut request: ModelRequest) -> Ending {
        let toolbox = Toolbox::default();
        request.tools = toolbox.specs();
        let (mut blocks, mut usage) = (0, Usage::default());
        for _ in 0..MOST_STEPS {
            let step = match self.step(&request, blocks).await {
                Ok(step) => step,
                Err(error) => return self.ending_of(&error),
            };
            blocks = step.blocks;
            usage = usage.plus(step.usage);
            if step.calls.is_empty() {
                return Ending::Completed { stop: step.stop, usage };
            }
            let said = self.call(&toolbox, step);
            request.messages.push(PromptMessage { role: Role::Assistant, parts: said });
        }
        failed(&Error::upstream("too_many_steps", "The model kept calling tools without coming to an answer."))
    }

    /// One model call, said as it comes.
    async fn step(&self, request: &ModelRequest, blocks: BlockId) -> Result<Step> {
        self.feed.push(TurnEvent::StepStarted);
        let mut events = self.model.stream(request.clone());
        let mut step =
            Step { blocks, text: String::new(), calls: Vec::new(), stop: StopReason::Other, usage: Usage::default() };
        let mut patience = self.config.first_token_timeout;
        loop {
            let event = timeout(patience, events.next()).await.map_err(|_| silent())?;
            let Some(event) = event.transpose()? else { return Ok(step) };
            patience = self.config.token_timeout;
            let event = renumber(event, blocks);
            step.hear(&event);
            self.feed.push(TurnEvent::Model(event));
            if self.feed.bytes() > MOST_ANSWER_BYTES {
                return Err(Error::upstream("model_cut_off", "The model's answer was longer than is kept."));
            }
        }
    }

    /// Calls the tools of a step; returns what the model has to read before it goes on.
    fn call(&self, toolbox: &Toolbox, step: Step) -> Vec<Part> {
        let mut parts = Vec::new();
        if !step.text.is_empty() {
            parts.push(Part::Text { text: step.text });
        }
        parts.extend(step.calls.iter().cloned().map(Part::ToolCall));
        for call in &step.calls {
            let outcome = toolbox.call(call, Timestamp::now());
            self.feed.push(TurnEvent::ToolReturned { call: call.id.clone(), outcome: outcome.clone() });
            parts.push(Part::ToolResult { call: call.id.clone(), outcome });
        }
        parts
    }

    /// An answer that broke off was interrupted; one that never began has failed.
    fn ending_of(&self, error: &Error) -> Ending {
        tracing::warn!(turn = %self.head.turn, model = %self.head.model, %error, "model failed");
        let begun = self.feed.has_text();
        match error.code() {
            "model_cut_off" => Ending::Interrupted,
            "model_silent" | "model_garbled" if begun => Ending::Interrupted,
            _ => failed(error),
        }
    }
}

/// What one model call came to.
struct Step {
    blocks: BlockId,
    text: String,
    calls: Vec<ToolCall>,
    stop: StopReason,
    usage: Usage,
}

impl Step {
    fn hear(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::TextStarted { block, .. } => self.blocks = block + 1,
            ModelEvent::TextDelta { kind: TextKind::Answer, text, .. } => self.text.push_str(text),
            ModelEvent::ToolCalled { call } => self.calls.push(call.clone()),
            ModelEvent::StepEnded { stop, usage } => (self.stop, self.usage) = (*stop, *usage),
            _ => {}
        }
    }
}

/// A model numbers the blocks of its call; a turn has several calls.
fn renumber(mut event: ModelEvent, from: BlockId) -> ModelEvent {
    if let ModelEvent::TextStarted { block, .. }
    | ModelEvent::TextDelta { block, .. }
    | ModelEvent::TextEnded { block, .. }
    | ModelEvent::ReasoningSigned { block, .. } = &mut event
    {
        *block += from;
    }
    event
}

fn silent() -> Error {
    Error::upstream("model_silent", "The model has been silent for too long.")
}

fn failed(error: &Error) -> Ending {
    if matches!(error.kind(), ErrorKind::Internal) {
        tracing::error!(%error, "turn failed");
    }
    Ending::Failed { code: error.code().to_owned(), detail: error.public().to_owned() }
}
