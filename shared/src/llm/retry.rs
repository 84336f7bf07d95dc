//! One model, asked until it says something: the only place where a model call is made again, and only before its
//! first event. Dropping the future stops the waiting, too.
//!
//! Only what is transient is asked again (`fault.rs`). How long to wait the provider says best (`Retry-After`); else it doubles, with
//! full jitter (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).

use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use tokio::time::{Instant, sleep};

use crate::domain::{ModelEvent, ModelRef};
use crate::error::{Error, Result};
use crate::telemetry::{self, ModelCallRecord};

use super::{Model, ModelFault, ModelRequest};

/// How often a model is asked in one step, all in all.
pub(super) const MAX_CALLS: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// What is added to a wait that the provider named, so that not everybody comes back at the same moment.
const SCATTER: Duration = Duration::from_millis(250);

pub(super) type Events = BoxStream<'static, Result<ModelEvent>>;

/// The events of an answer that has begun; or why it has not, after this many calls at the most, by `until`.
pub(super) async fn ask(
    name: &ModelRef,
    model: &dyn Model,
    request: &ModelRequest,
    calls: u32,
    until: Instant,
) -> Result<Events> {
    let mut call = 1;
    loop {
        let mut events = ModelCallRecord::begin(name, model.stream(request.clone()));
        let error = match events.next().await {
            Some(Err(error)) => error,
            Some(first) => return Ok(stream::once(std::future::ready(first)).chain(events).boxed()),
            None => return Ok(events.boxed()),
        };
        let wait = wait(&error, call);
        if call == calls || !is_transient(&error) || Instant::now() + wait >= until {
            return Err(error);
        }
        tracing::warn!(model = %name, call, ?wait, %error, "model is asked again");
        telemetry::count_retry();
        drop(events);
        sleep(wait).await;
        call += 1;
    }
}

/// Whether the same call may succeed in a moment.
fn is_transient(error: &Error) -> bool {
    ModelFault::of(error).is_some_and(ModelFault::is_transient)
}

fn wait(error: &Error, call: u32) -> Duration {
    match error.wait() {
        Some(wait) => wait + SCATTER.mul_f64(chance()),
        None => LONGEST_WAIT.min(FIRST_WAIT * 2_u32.saturating_pow(call - 1)).mul_f64(chance()),
    }
}

/// From 0 to 1.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    // The system's generator does not fail on any host that we run on; without it nothing is scattered.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_word_of_the_provider_the_wait_doubles_and_has_an_end() {
        let error = ModelFault::Busy.into();
        let longest = |call| (0..200).map(|_| wait(&error, call)).max().unwrap();
        for (call, most) in [(1, 500), (2, 1_000), (3, 2_000), (40, 8_000)] {
            let longest = longest(call).as_millis();
            assert!(longest <= most, "{longest}");
            assert!(longest > most / 2, "200 draws out of 0 to {most}, and the longest is {longest}");
        }
    }

    #[test]
    fn what_the_provider_says_is_never_cut_short() {
        let error = ModelFault::Busy.after(Some(Duration::from_secs(7)));
        let waits: Vec<_> = (0..200).map(|_| wait(&error, 1)).collect();
        assert!(waits.iter().all(|wait| *wait >= Duration::from_secs(7)));
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(7) + SCATTER));
    }
}
