//! Sessions: made, and read together with their open turn. What touches no turn, the store does alone.

use crate::crypto::random_number;
use crate::domain::{Change, Session, SessionChange, SessionId, Timestamp, UserId};
use crate::error::Result;

use super::ask::TurnView;
use super::close::{self, OpenTurnState};
use super::consultant::Consultant;
use super::random;

impl Consultant {
    /// A new session, under the client's own id if it brings one.
    pub async fn create_session(
        &self,
        owner: &UserId,
        id: Option<SessionId>,
        wanted: SessionChange,
    ) -> Result<Session> {
        let now = Timestamp::now();
        let system_prompt = match wanted.system_prompt {
            Change::Set(prompt) => Some(prompt.as_str().to_owned()),
            Change::Clear | Change::Keep => None,
        };
        let session = Session {
            id: id.unwrap_or_else(|| SessionId::fresh(now, random_number())),
            title: wanted.title.map(|title| title.as_str().to_owned()),
            system_prompt,
            model: wanted.model,
            archived: wanted.archived.unwrap_or_default(),
            metadata: wanted.metadata.unwrap_or_default(),
            created_at: now,
            updated_at: now,
            open_turn: None,
            last_message: None,
            created_by: random::writer(),
        };
        self.store.check_not_erased(owner).await?;
        self.store.create_session(owner, &session).await?;
        Ok(session)
    }

    /// The session, after closing its open turn if that has lost its writer; and the open turn, if there still is one.
    pub async fn session_closing_lapsed(&self, owner: &UserId, id: &SessionId) -> Result<(Session, Option<TurnView>)> {
        let session = self.store.session(owner, id).await?;
        let Some(open) = session.open_turn.clone() else { return Ok((session, None)) };
        let found = close::open_turn_closing_lapsed(&self.store, owner, &session, &open.turn, self.config.lease);
        match Box::pin(found).await? {
            OpenTurnState::Running(log) => Ok((session, Some(TurnView::of(&log)))),
            OpenTurnState::Beginning => Ok((session, None)),
            OpenTurnState::Ended => Ok((self.store.session(owner, id).await?, None)),
        }
    }
}
