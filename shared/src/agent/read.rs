//! Turns as readers find them: followed, viewed, read again. A turn whose writer has gone is closed on the way.

use futures::{StreamExt, TryStreamExt, stream};

use crate::domain::{Entry, Head, Status, Timestamp, TurnId, UserId};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Log;

use super::ask::{Asked, TurnView};
use super::close;
use super::consultant::Consultant;
use super::follow::Follower;
use super::target::Target;

/// How many logs are read at once.
const CONCURRENCY: usize = 8;

impl Consultant {
    /// A view of the turn from its first event on; 404 unless it is this owner's.
    pub async fn follow(&self, owner: &UserId, turn: &TurnId) -> Result<Asked> {
        self.follow_turn(owner, turn).await.map(|(asked, _)| asked)
    }

    pub(super) async fn follow_turn(&self, owner: &UserId, turn: &TurnId) -> Result<(Asked, Status)> {
        let log = self.log_closing_lapsed(owner, turn).await?;
        Ok(self.view_of(owner, &log))
    }

    pub(super) fn view_of(&self, owner: &UserId, log: &Log) -> (Asked, Status) {
        let (turn, status) = (&log.head.turn, log.transcript().status());
        let feed = self.live.feed(owner, turn).filter(|_| status == Status::Running);
        let events = match feed {
            Some(feed) => Follower::live(&feed),
            None => Follower::stored(&self.store, owner, log, self.config.lease),
        };
        let end = (status != Status::Running).then(|| log.end());
        (Asked::new(&log.head, events, end), status)
    }

    pub async fn turn_closing_lapsed(&self, owner: &UserId, turn: &TurnId) -> Result<TurnView> {
        self.log_closing_lapsed(owner, turn).await.map(|log| TurnView::of(&log))
    }

    /// A view of the turn from its first event on, and what began it.
    pub async fn reopen(&self, owner: &UserId, turn: &TurnId) -> Result<(Asked, Head)> {
        let log = self.log_closing_lapsed(owner, turn).await?;
        let (asked, _) = self.view_of(owner, &log);
        Ok((asked, log.head))
    }

    /// All that was said in these turns; those that are not there are left out.
    pub async fn logs(&self, owner: &UserId, turns: &[TurnId]) -> Result<Vec<(Head, Vec<Entry>)>> {
        let read = async |turn: &TurnId| self.store.log(owner, turn, Timestamp::now()).await;
        let found: Vec<_> = stream::iter(turns).map(read).buffered(CONCURRENCY).try_collect().await?;
        Ok(found.into_iter().flatten().map(|log| (log.head.clone(), log.entries())).collect())
    }

    /// The turn that this place waits for now, from its first event on.
    pub async fn follow_open(&self, owner: &UserId, target: &Target) -> Result<Option<Asked>> {
        let Some(turn) = self.open_turn(owner, target).await? else { return Ok(None) };
        or_none(self.follow(owner, &turn).await)
    }

    pub(super) async fn open_turn(&self, owner: &UserId, target: &Target) -> Result<Option<TurnId>> {
        let Some(session) = target.session() else { return Ok(None) };
        let session = or_none(self.store.session(owner, session).await)?;
        Ok(session.and_then(|session| session.open_turn).map(|open| open.turn))
    }

    pub(super) async fn log_closing_lapsed(&self, owner: &UserId, turn: &TurnId) -> Result<Log> {
        let log = Box::pin(close::log_closing_lapsed(&self.store, owner, turn, self.config.lease)).await?;
        log.ok_or_else(|| Error::not_found("turn"))
    }
}

/// What is not there is none.
pub(super) fn or_none<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
