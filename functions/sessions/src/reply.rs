//! A session as JSON.

use serde::Serialize;
use shared::domain::{Session, SessionId, Timestamp, TurnId};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionReply {
    id: SessionId,
    #[schema(required)]
    title: Option<String>,
    #[schema(required)]
    system_prompt: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[schema(required)]
    open_turn: Option<TurnId>,
}

impl From<Session> for SessionReply {
    fn from(session: Session) -> Self {
        let Session { id, title, system_prompt, created_at, updated_at, open_turn, .. } = session;
        Self { id, title, system_prompt, created_at, updated_at, open_turn: open_turn.map(|open| open.turn) }
    }
}
