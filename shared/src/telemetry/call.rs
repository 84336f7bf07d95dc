//! The record of a model call: it begins when the provider is asked, and ends with the stream of its answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt};

use crate::domain::{ModelEvent, ModelRef, StopReason, Usage};
use crate::error::{Error, Result};

use super::trace::{Trace, millis};
use super::{label, note, word};

/// The events of one call, as they come.
pub struct ModelCallRecord {
    events: BoxStream<'static, Result<ModelEvent>>,
    model: ModelRef,
    work: Option<Trace>,
    first: Option<Duration>,
    stop: Option<StopReason>,
    usage: Usage,
}

impl ModelCallRecord {
    pub fn begin(model: &ModelRef, events: BoxStream<'static, Result<ModelEvent>>) -> Self {
        let work = Trace::of_call();
        if let Some(work) = &work {
            work.counts().begin_model_call();
        }
        Self { events, model: model.clone(), work, first: None, stop: None, usage: Usage::default() }
    }

    fn hear(&mut self, event: &Result<ModelEvent>) {
        let Some(work) = &self.work else { return };
        match event {
            Ok(event) => {
                self.first.get_or_insert_with(|| work.took());
                if let ModelEvent::StepEnded { stop, usage } = event {
                    (self.stop, self.usage) = (Some(*stop), *usage);
                }
            }
            Err(error) => work.within(|| note(error)),
        }
    }
}

impl Stream for ModelCallRecord {
    type Item = Result<ModelEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { events, work, .. } = &mut *self;
        let polled = match work {
            Some(work) => work.within(|| events.poll_next_unpin(context)),
            None => events.poll_next_unpin(context),
        };
        if let Poll::Ready(Some(event)) = &polled {
            self.hear(event);
        }
        polled
    }
}

impl Drop for ModelCallRecord {
    fn drop(&mut self) {
        let Some(work) = self.work.take() else { return };
        let failure = work.failure();
        let ended = match (&failure, self.stop) {
            (Some(_), _) => "failed",
            (None, Some(_)) => "complete",
            (None, None) => "left",
        };
        work.within(|| {
            tracing::debug!(target: "model_call",
                provider = self.model.provider,
                model = label::name(&self.model),
                ended,
                stop = self.stop.and_then(word),
                duration_ms = millis(work.took()),
                first_token_ms = self.first.map(millis),
                input_tokens = self.usage.input_tokens,
                cached_tokens = self.usage.cached_tokens,
                output_tokens = self.usage.output_tokens,
                provider_request_id = work.counts().provider_request_id(),
                code = failure.as_ref().map(|failure| failure.code.as_str()),
                cause = failure.as_ref().and_then(|failure| failure.cause.as_deref()),
            );
        });
    }
}
