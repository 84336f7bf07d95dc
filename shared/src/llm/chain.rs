//! A model and those that take over for it before the first token (promise P7). One chain serves one turn: the model that
//! has answered a step answers the next one, too, since a turn's signed reasoning is for its own model only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use tokio::time::{Instant, timeout_at};

use crate::domain::{HostedTool, ModelEvent, ModelRef, Part};
use crate::error::{Error, Result};
use crate::telemetry;

use super::retry::{self, Events, MAX_CALLS};
use super::{Model, ModelFault, ModelRequest};

pub(super) struct Link {
    pub(super) name: ModelRef,
    pub(super) model: Arc<dyn Model>,
}

pub(super) struct Chain(Arc<Links>);

struct Links {
    all: Vec<Link>,
    /// Who answers.
    current: AtomicUsize,
    /// How long a step may be without its first token.
    patience: Duration,
}

impl Chain {
    /// `current`: who has answered this turn so far.
    pub(super) fn new(links: Vec<Link>, current: usize, patience: Duration) -> Self {
        Self(Arc::new(Links { all: links, current: AtomicUsize::new(current), patience }))
    }
}

impl Model for Chain {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let links = Arc::clone(&self.0);
        // `Box::pin`, here and in each provider, drops the state of asking before the answer comes.
        stream::once(Box::pin(async move { links.ask(request).await })).try_flatten().boxed()
    }

    /// What the one that is asked first can do.
    fn runs(&self, tool: &HostedTool) -> bool {
        self.0.all.first().is_some_and(|link| link.model.runs(tool))
    }

    fn mixes(&self) -> bool {
        self.0.all.first().is_none_or(|link| link.model.mixes())
    }
}

impl Links {
    /// The first who answers. If nobody does, the error is that of the model whose turn it was.
    async fn ask(&self, request: ModelRequest) -> Result<Events> {
        let current = self.current.load(Ordering::Relaxed);
        let until = Instant::now() + self.patience;
        let mut first = None;
        for (index, link) in self.all.iter().enumerate().skip(current) {
            let others = self.all.len() - index - 1;
            let taken_over = index > current;
            match link.ask(&request, taken_over, others, until).await {
                Ok(events) => {
                    self.current.store(index, Ordering::Relaxed);
                    return Ok(if taken_over { link.signed(events) } else { events });
                }
                Err(error) => {
                    let goes_on = others > 0 && may_fall_back(&error);
                    if goes_on {
                        tracing::warn!(model = %link.name, %error, "another model is asked instead");
                        telemetry::count_fallback();
                    }
                    let first = first.get_or_insert(error);
                    if !goes_on {
                        return Err(std::mem::replace(first, ModelFault::Silent.into()));
                    }
                }
            }
        }
        Err(first.unwrap_or_else(|| ModelFault::Silent.into()))
    }
}

impl Link {
    async fn ask(&self, request: &ModelRequest, taken_over: bool, others: usize, until: Instant) -> Result<Events> {
        let mut request = if taken_over { for_another(request, self.model.as_ref()) } else { request.clone() };
        request.model.clone_from(&self.name.name);
        // Those who may take over get as much of what time is left.
        let share = share(until, others);
        let calls = if taken_over { 1 } else { MAX_CALLS };
        let asked = retry::ask(&self.name, self.model.as_ref(), &request, calls, share);
        if others == 0 {
            asked.await
        } else {
            timeout_at(share, asked).await.unwrap_or_else(|_| Err(ModelFault::Silent.into()))
        }
    }

    /// Says first who it is that answers.
    fn signed(&self, events: Events) -> Events {
        let answered = ModelEvent::Answered { model: self.name.clone() };
        stream::once(std::future::ready(Ok(answered))).chain(events).boxed()
    }
}

fn share(until: Instant, others: usize) -> Instant {
    let left = until.saturating_duration_since(Instant::now());
    Instant::now() + left / u32::try_from(others + 1).unwrap_or(u32::MAX)
}

/// What is no fault of a model (a secret that cannot be read) concerns one provider only.
fn may_fall_back(error: &Error) -> bool {
    ModelFault::of(error).is_none_or(ModelFault::may_fall_back)
}

/// Without what only the model that said it can read, and the tools that this one's provider does not run.
fn for_another(request: &ModelRequest, model: &dyn Model) -> ModelRequest {
    let mut request = request.clone();
    request.hosted.retain(|tool| model.mixes() && model.runs(tool));
    for message in &mut request.messages {
        message.parts.retain(|part| !matches!(part, Part::Reasoning { .. }));
        for part in &mut message.parts {
            if let Part::ToolCall(call) = part {
                call.signature = None;
            }
        }
    }
    request
}

#[cfg(test)]
mod tests;
