//! The turns that this process is writing: who asks for one of them here need not wait for its log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::domain::{TurnId, UserId};
use crate::error::{Error, Result};
use crate::telemetry;

use super::feed::Feed;

/// Cloud Run and most others kill ten seconds after they have asked; the rest is for saving.
const GRACE: Duration = Duration::from_secs(5);

type Feeds = HashMap<(UserId, TurnId), Arc<Feed>>;

#[derive(Clone)]
pub struct Live {
    permits: Arc<Semaphore>,
    feeds: Arc<Mutex<Feeds>>,
    tasks: TaskTracker,
    drain: CancellationToken,
}

/// Room for one more turn, as long as anybody has it.
#[derive(Clone)]
pub(super) struct Permit {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// A turn's place among the live ones, left when the turn ends, however it ends.
pub(super) struct Seat {
    live: Live,
    key: (UserId, TurnId),
}

impl Live {
    pub(super) fn new(max_turns: usize) -> Self {
        let permits = Arc::new(Semaphore::new(max_turns));
        Self { permits, feeds: Arc::default(), tasks: TaskTracker::new(), drain: CancellationToken::new() }
    }

    /// Asked for before anything is begun, so that a refusal leaves nothing behind.
    pub(super) fn permit(&self) -> Result<Permit> {
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        permit.map(|permit| Permit { _permit: Arc::new(permit) }).map_err(|_| Error::overloaded())
    }

    pub(super) fn seat(&self, owner: &UserId, turn: &TurnId, feed: &Arc<Feed>) -> Seat {
        let key = (owner.clone(), turn.clone());
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), Arc::clone(feed));
        Seat { live: self.clone(), key }
    }

    pub(super) fn feed(&self, owner: &UserId, turn: &TurnId) -> Option<Arc<Feed>> {
        let feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        feeds.get(&(owner.clone(), turn.clone())).cloned()
    }

    /// Runs something that has to be finished before the process may stop.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.tasks.spawn(telemetry::carried(task))
    }

    /// The same for a turn: it holds its permit until it has ended, whether or not a client listens.
    pub(super) fn spawn_in(&self, permit: Permit, turn: impl Future<Output = ()> + Send + 'static) {
        // In a box: a future that is passed on by value is stored twice at each hand.
        let turn = Box::pin(turn);
        self.spawn(async move {
            turn.await;
            drop(permit);
        });
    }

    /// Waits until nothing is left to do.
    pub async fn idle(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    /// The process has to go: open turns may end by themselves for a moment, then what they have said is kept
    /// and marked.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// Waits until a turn may not go on.
    pub(super) async fn drained(&self) {
        self.drain.cancelled().await;
        tokio::time::sleep(GRACE).await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.live.feeds.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
