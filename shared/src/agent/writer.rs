//! The writer of a turn: runs the steps beside the scribe, and saves before it says goodbye.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime};

use futures::{FutureExt, join};
use tokio::time::{sleep, timeout};

use crate::domain::{Ending, Role, Status, Timestamp, Transcript, TurnEvent, Wait};
use crate::error::Error;
use crate::store::{Known, Log};
use crate::telemetry::{self, Trace};

use super::close;
use super::scribe::{Scribe, Stop};
use super::steps::{Beginning, Steps};
use super::turn::{Turn, TurnOutcome, failed};

/// What a host must leave us to save what was said.
const SAVING: Duration = Duration::from_secs(5);
/// How long the messages of an ended turn are tried; after that a reader of the session stores them.
const KEEPING: Duration = Duration::from_secs(10);

impl Turn {
    /// Writes until the turn has ended, or waits for somebody. `log` is what was said before a pause.
    pub(super) async fn run(self, beginning: Beginning, log: Option<Log>) {
        let work = Trace::of_turn(&self.head.turn, &self.head.session, &self.owner);
        work.scope(Box::pin(self.write(beginning, log.as_ref()))).await;
    }

    async fn write(&self, beginning: Beginning, log: Option<&Log>) {
        let Self { owner, head, live, feed, .. } = self;
        let _seat = live.seat(owner, &head.turn, feed);
        let mut scribe = Scribe::new(self, log);
        let stop = {
            let steps = Steps::of(self);
            let steps = AssertUnwindSafe(steps.run(beginning)).catch_unwind();
            tokio::select! {
                outcome = steps => Ok(outcome.unwrap_or_else(|_| panicked())),
                stop = scribe.keep() => Err(stop),
                () = live.drained() => Ok(TurnOutcome::Ended(Ending::Interrupted)),
                () = self.host_ends() => Ok(TurnOutcome::Ended(Ending::Interrupted)),
            }
        };
        let last = match stop {
            Ok(TurnOutcome::Ended(ending)) => self.end(&mut scribe, ending).await,
            Ok(TurnOutcome::Paused(waits)) => self.pause(&mut scribe, waits).await,
            Err(Stop::Cancelled) => self.end(&mut scribe, Ending::Cancelled).await,
            Err(Stop::Fenced(ending)) => self.say_last(scribe.closing_events(), ending),
            Err(Stop::StoreLost(error)) => self.say_last(scribe.closing_events(), failed(&error)),
        };
        telemetry::tell_turn(&close::record(head, scribe.transcript(), last));
    }

    /// Saves, then says: the log first, then the messages, and only then may anybody hear that it has ended.
    async fn end(&self, scribe: &mut Scribe, ending: Ending) -> Status {
        let closing = scribe.closing_events();
        let ending = Box::pin(self.close(scribe, &closing, ending)).await;
        self.say_last(closing, ending)
    }

    async fn close(&self, scribe: &mut Scribe, closing: &[TurnEvent], ending: Ending) -> Ending {
        match scribe.finish(closing, &TurnEvent::Ended(ending.clone())).await {
            Ok(None) => {}
            // The closer has stored what the log says; this writer may have heard more than that.
            Ok(Some(standing)) => return standing,
            Err(error) => return failed(&error),
        }
        let keep = close::store_messages(&self.store, &self.owner, &self.head, scribe.transcript(), scribe.heard_at());
        let keep = async { join!(keep, self.remember(scribe.transcript())).0 };
        match Box::pin(timeout(KEEPING, keep)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "messages not stored yet"),
            Err(_) => tracing::error!("messages not stored in time"),
        }
        ending
    }

    /// A client that comes back with this answer finds its session. One that does not begins another: nothing is lost.
    async fn remember(&self, said: &Transcript) {
        let Some(fingerprint) = self.fingerprint.clone() else { return };
        let fingerprint = fingerprint.and(Role::User, self.head.question.parts()).and(Role::Assistant, said.parts());
        let known = Known { session: self.head.session.clone(), last: self.head.answer_id() };
        if let Err(error) =
            self.store.put_fingerprint(&self.owner, &fingerprint.digest(), &known, Timestamp::now()).await
        {
            tracing::warn!(%error, "this conversation will not be recognised");
        }
    }

    fn say_last(&self, closing: Vec<TurnEvent>, ending: Ending) -> Status {
        let status = Status::from(&ending);
        closing.into_iter().chain([TurnEvent::Ended(ending)]).for_each(|event| self.feed.push(event));
        status
    }

    /// The log says what it waits for before anybody hears of it; from then on nobody writes.
    async fn pause(&self, scribe: &mut Scribe, waits: Vec<Wait>) -> Status {
        let paused = TurnEvent::Paused { waits: waits.clone() };
        let closing = scribe.closing_events();
        match Box::pin(scribe.pause(&closing, &paused)).await {
            Ok(()) => {
                closing.into_iter().chain([paused, TurnEvent::Waiting { waits }]).for_each(|e| self.feed.push(e));
                Status::Waiting
            }
            Err(Stop::Cancelled) => self.end(scribe, Ending::Cancelled).await,
            Err(Stop::Fenced(ending)) => self.say_last(closing, ending),
            Err(Stop::StoreLost(error)) => self.say_last(closing, failed(&error)),
        }
    }

    async fn host_ends(&self) {
        match self.deadline.map(|at| at.duration_since(SystemTime::now()).unwrap_or_default()) {
            Some(left) => sleep(left.saturating_sub(SAVING)).await,
            None => std::future::pending().await,
        }
    }
}

fn panicked() -> TurnOutcome {
    TurnOutcome::Ended(failed(&Error::internal("the turn panicked")))
}
