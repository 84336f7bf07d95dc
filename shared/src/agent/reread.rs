//! Turns that have been: read again with what began them, and deleted.

use futures::{StreamExt, TryStreamExt, stream};

use crate::domain::{Entry, Head, OpenTurn, Timestamp, TurnId, UserId};
use crate::error::{Error, ErrorKind, Result};

use super::close;
use super::consultant::{Asked, Consultant};

/// How many logs are read at once.
const CONCURRENCY: usize = 8;

impl Consultant {
    /// A view of the turn from its first event on, and what began it.
    pub async fn reopen(&self, owner: &UserId, turn: &TurnId) -> Result<(Asked, Head)> {
        let log = self.log(owner, turn).await?;
        let (asked, _) = self.view_of(owner, &log);
        Ok((asked, log.head))
    }

    /// All that was said in these turns; those that are not there are left out.
    pub async fn logs(&self, owner: &UserId, turns: &[TurnId]) -> Result<Vec<(Head, Vec<Entry>)>> {
        let read = async |turn: &TurnId| self.store.log(owner, turn, Timestamp::now()).await;
        let found: Vec<_> = stream::iter(turns).map(read).buffered(CONCURRENCY).try_collect().await?;
        Ok(found.into_iter().flatten().map(|log| (log.head.clone(), log.entries())).collect())
    }

    /// Deletes the exchange: what was asked, what was answered, and last the log, so that who was interrupted can ask
    /// again.
    pub async fn delete_turn(&self, owner: &UserId, turn: &TurnId) -> Result<()> {
        let log = self.log(owner, turn).await?;
        let Head { session, question_id, .. } = &log.head;
        let is_this = |open: OpenTurn| open.turn == *turn;
        let is_open = match self.store.session(owner, session).await {
            Ok(session) => session.open_turn.is_some_and(is_this),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if is_open || !log.is_ended() {
            let why = "This answer is still under way: cancel it first.";
            return Err(Error::conflict("turn_open", why).naming_turn(turn));
        }
        close::delete(&self.store, owner, session, [question_id, &question_id.next()]).await?;
        self.store.delete_log(owner, turn).await.map(drop)
    }
}
