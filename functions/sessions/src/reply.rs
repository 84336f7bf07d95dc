//! A session as JSON.

use serde::Serialize;
use shared::domain::{Session, SessionId, Timestamp, TurnId};

#[derive(Serialize)]
pub(crate) struct SessionReply {
    id: SessionId,
    title: Option<String>,
    system_prompt: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    open_turn: Option<TurnId>,
}

impl From<Session> for SessionReply {
    fn from(session: Session) -> Self {
        let Session { id, title, system_prompt, created_at, updated_at, open_turn, .. } = session;
        Self { id, title, system_prompt, created_at, updated_at, open_turn: open_turn.map(|open| open.turn) }
    }
}
