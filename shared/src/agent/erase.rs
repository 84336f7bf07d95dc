//! Erases users: one request begins it, any worker goes on, and it is done when no writer can be left.

use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::time::{Instant, timeout};

use crate::domain::{Erasure, ErasureId, Stage, Timestamp, UserId};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::{address_digest, random_text};
use crate::store::{ErasureWork, KindCounts};

use super::consultant::Consultant;
use super::random;

/// How long the request waits for the first step, which any worker would do as well.
const FIRST_STEP: Duration = Duration::from_secs(5);
/// A worker's one go: well within Lambda's time for it, and within the lease.
const GO: Duration = Duration::from_secs(10);
/// As often a turn that is still open is looked at again.
const SOON: Duration = Duration::from_mins(1);
/// Turns that are stopped at once.
const CONCURRENCY: usize = 8;

impl Consultant {
    /// Begins to erase this user. Wanting it twice is wanting it once.
    pub async fn erase(&self, owner: &UserId) -> Result<Erasure<KindCounts>> {
        let fresh = ErasureId::parse(random_text()?)?;
        let (worker, now) = (random::writer(), Timestamp::now());
        let id = self.store.begin_erasure(owner, &fresh, &worker, now, self.leased_from(now)).await?;
        // From here on it happens, whatever becomes of us.
        match timeout(FIRST_STEP, Box::pin(self.go_on_erasing(&id, &worker))).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(erasure = %id, %error, "an erasure is left to the next worker"),
            Err(_) => tracing::warn!(erasure = %id, "an erasure takes long; it is left to the next worker"),
        }
        self.erasure(&id).await
    }

    pub async fn erasure(&self, id: &ErasureId) -> Result<Erasure<KindCounts>> {
        self.store.erasure(id, Timestamp::now()).await?.ok_or_else(|| Error::not_found("erasure"))
    }

    /// How long it takes from the wish to the deletion.
    pub fn erasure_delay(&self) -> Duration {
        self.config.erasure_delay
    }

    /// Goes on with every erasure that is due, for a while; false when there was not time for all of it. One that
    /// fails holds up no other.
    pub async fn erase_due(&self) -> Result<bool> {
        let (end, mut outcome) = (Instant::now() + GO, Ok(true));
        for id in self.store.due_erasures(Timestamp::now()).await? {
            if Instant::now() > end {
                return outcome.map(|_| false);
            }
            match Box::pin(self.go_on_erasing(&id, &random::writer())).await {
                Ok(is_all) => outcome = outcome.map(|all| all && is_all),
                Err(error) => {
                    tracing::error!(erasure = %id, %error, "an erasure has failed; it is tried again");
                    outcome = Err(error);
                }
            }
        }
        outcome
    }

    /// One step, if it is due and nobody else is at it. False when it is not done and due again at once.
    async fn go_on_erasing(&self, id: &ErasureId, worker: &str) -> Result<bool> {
        let now = Timestamp::now();
        let taken = self.store.take_erasure(id, worker, now, self.leased_from(now)).await?;
        let Some(mut work) = taken else { return Ok(true) };
        let owner = work.user.clone();
        let ended = self.store.end_credentials(&owner).await?;
        work.count(ended);
        let was_open = self.stop_turns(&owner).await?;
        match work.stage() {
            Stage::Pending => {
                let until = work.created_at().plus(self.config.erasure_delay);
                self.store.put_off_erasure(work, Stage::Running, until).await.map(|()| true)
            }
            // Nobody may be closing it still: see docs/decisions/erase.md.
            _ if was_open => self.store.put_off_erasure(work, Stage::Running, now.plus(SOON)).await.map(|()| true),
            _ => self.sweep(work, &owner).await,
        }
    }

    /// A worker is silent while it stops turns or deletes a page: for longer than a writer may be.
    fn leased_from(&self, now: Timestamp) -> Timestamp {
        now.plus(self.config.lease * 3)
    }

    /// Stops what is being answered, and gives its sessions free. Says whether there was any such.
    async fn stop_turns(&self, owner: &UserId) -> Result<bool> {
        let open = self.store.open_turns(owner).await?;
        let stop = |(session, turn)| async move {
            gone(self.cancel(owner, &turn).await.map(|_| ()))?;
            gone(self.session_closing_lapsed(owner, &session).await.map(|_| ()))
        };
        let was_open = !open.is_empty();
        let stopped: Vec<Result<()>> = stream::iter(open).map(stop).buffer_unordered(CONCURRENCY).collect().await;
        stopped.into_iter().collect::<Result<()>>().map(|()| was_open)
    }

    /// Deletes a page after the other, and writes down what has gone; what tells the way goes last.
    async fn sweep(&self, mut work: ErasureWork, owner: &UserId) -> Result<bool> {
        let end = Instant::now() + GO;
        loop {
            let erased = self.store.erase_some(owner).await?;
            if erased.is_empty() {
                break;
            }
            work.count(erased);
            self.store.keep_erasure(&mut work, self.leased_from(Timestamp::now())).await?;
            if Instant::now() > end {
                self.store.put_off_erasure(work, Stage::Running, Timestamp::now()).await?;
                return Ok(false);
            }
        }
        if let Some((email, subject)) = self.store.address(owner, Timestamp::now()).await? {
            work.count(self.store.erase_address(&address_digest(&email), &subject).await?);
        }
        tracing::info!(erasure = %work.id(), "a user is erased");
        self.store.end_erasure(work, Timestamp::now()).await.map(|()| true)
    }
}

/// What is not there any more needs not be stopped.
fn gone(stopped: Result<()>) -> Result<()> {
    match stopped {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        stopped => stopped,
    }
}
