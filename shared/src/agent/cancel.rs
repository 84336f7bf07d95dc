//! Cancels a turn, wherever it is written: the canceller appends its wish to the log, and the writer meets it there.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::domain::{Timestamp, TurnId, UserId};
use crate::error::Result;
use crate::store::{Appended, Log, Record, RecordBody};

use super::ask::TurnView;
use super::consultant::Consultant;
use super::random;
use super::read::or_none;
use super::target::Target;

/// How long a canceller waits for the turn to end.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a busy writer may reach the tail before the canceller does.
const CANCEL_TRIES: usize = 16;

impl Consultant {
    /// Asks the turn to stop, wherever it is written, and waits a little until it has. Cancelling a turn that
    /// has ended changes nothing.
    pub async fn cancel(&self, owner: &UserId, turn: &TurnId) -> Result<TurnView> {
        let mut log = self.log_closing_lapsed(owner, turn).await?;
        for _ in 0..CANCEL_TRIES {
            if log.is_ended() || log.is_cancelled() {
                break;
            }
            self.append_cancel(owner, &log).await?;
            log = self.log_closing_lapsed(owner, turn).await?;
        }
        let deadline = Instant::now() + CANCEL_TIMEOUT;
        while !log.is_ended() && Instant::now() < deadline {
            sleep(Duration::from_millis(100)).await;
            log = self.log_closing_lapsed(owner, turn).await?;
        }
        Ok(TurnView::of(&log))
    }

    async fn append_cancel(&self, owner: &UserId, log: &Log) -> Result<()> {
        let writer = format!("canceller-{}", random::writer());
        let (seq, end) = (log.next_seq(), log.end());
        let record = Record { seq, from: end, to: end, said: RecordBody::Cancel, writer, at: Timestamp::now() };
        match self.store.append(owner, &log.head.turn, &record).await? {
            // Taken: the writer was faster, so look again. Both are found in the log that is read next.
            Appended::Done | Appended::Taken(_) => Ok(()),
        }
    }

    /// Cancels the turn that this place waits for, if there is one.
    pub async fn cancel_open(&self, owner: &UserId, target: &Target) -> Result<()> {
        let Some(turn) = self.open_turn(owner, target).await? else { return Ok(()) };
        or_none(self.cancel(owner, &turn).await).map(|_| ())
    }
}
