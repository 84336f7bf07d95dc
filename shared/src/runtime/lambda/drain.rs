//! Between the end of one answer and the question for the next event: finish everything.
//!
//! Lambda freezes the process while it waits for an event, and a stream whose client hung up ends
//! long before the turn behind it is stored. The ready-made runtime also gives up the whole process
//! when one answer cannot be delivered.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use lambda_runtime::{
    Error, LambdaInvocation, Service,
    tower::{Layer, layer::layer_fn},
};
use tokio_util::sync::CancellationToken;

use crate::runtime::Idle;
use crate::telemetry;

tokio::task_local! {
    /// Cancelled when the answer of the event at hand can no longer be delivered.
    pub(super) static LOST: CancellationToken;
}

pub(super) fn layer<S>(idle: Idle) -> impl Layer<S, Service = Drain<S>> {
    layer_fn(move |inner| Drain { inner, idle: idle.clone() })
}

#[derive(Clone)]
pub(super) struct Drain<S> {
    inner: S,
    idle: Idle,
}

impl<S> Service<LambdaInvocation> for Drain<S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
    S::Future: Send + 'static,
{
    type Response = ();
    type Error = Error;
    type Future = BoxFuture<'static, Result<(), Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let lost = CancellationToken::new();
        let delivered = LOST.scope(lost.clone(), self.inner.call(invocation));
        let idle = self.idle.clone();
        Box::pin(async move {
            if let Err(error) = delivered.await {
                // The answer is gone, the process is not. Should the host itself be gone, the question
                // for the next event fails and ends us.
                tracing::warn!(%error, "the host did not take the answer");
                lost.cancel();
            }
            idle.wait().await;
            telemetry::flush().await;
            Ok(())
        })
    }
}
