//! Deletes a session with all that it holds, or one exchange of it.

use crate::domain::{Ending, Head, OpenTurn, SessionId, Timestamp, TurnEvent, TurnId, UserId};
use crate::error::{Error, ErrorKind, Result, codes};

use super::consultant::Consultant;
use super::{close, random};

impl Consultant {
    /// Deletes the session: gone for every reader first, then its open turn stopped, then all it held.
    pub async fn delete_session(&self, owner: &UserId, id: &SessionId) -> Result<()> {
        let by = random::writer();
        let session = self.store.mark_session_deleted(owner, id, &by).await?;
        if let Some(open) = session.open_turn {
            match self.cancel(owner, &open.turn).await {
                Ok(_) => self.write_off(owner, &open.turn).await?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        while !self.store.empty_session(owner, id).await?.1 {}
        self.store.delete_files(owner, id).await?;
        self.store.let_tombstone_expire(owner, id, Timestamp::now()).await
    }

    /// What a deleted session's turn has cost so far is counted, even if its writer has gone; then its log goes.
    async fn write_off(&self, owner: &UserId, turn: &TurnId) -> Result<()> {
        if let Some(log) = self.store.log(owner, turn, Timestamp::now()).await? {
            let mut said = log.transcript();
            if said.ending().is_none() {
                said.add(&TurnEvent::Ended(Ending::Cancelled));
            }
            let answer = close::answer(&log.head, &said, log.last_at());
            close::release_session(&self.store, owner, &log.head, &answer).await?;
        }
        self.store.delete_log(owner, turn).await.map(|_| ())
    }

    /// Deletes the exchange: what was asked, what was answered, and last the log, so that who was interrupted can ask
    /// again.
    pub async fn delete_turn(&self, owner: &UserId, turn: &TurnId) -> Result<()> {
        let log = self.log_closing_lapsed(owner, turn).await?;
        let Head { session, question_id, .. } = &log.head;
        let is_this = |open: OpenTurn| open.turn == *turn;
        let is_open = match self.store.session(owner, session).await {
            Ok(session) => session.open_turn.is_some_and(is_this),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if is_open || !log.is_ended() {
            let why = "This answer is still under way: cancel it first.";
            return Err(Error::new(codes::TURN_OPEN, why).naming_turn(turn));
        }
        close::delete_messages(&self.store, owner, session, [question_id, &question_id.next()]).await?;
        self.store.delete_log(owner, turn).await.map(drop)
    }
}
