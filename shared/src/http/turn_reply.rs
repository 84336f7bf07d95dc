//! A turn as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::agent::TurnView;
use crate::domain::{Ending, Message, ModelRef, SessionId, Status, Timestamp, TurnId, Usage, Wait};

#[derive(Serialize, ToSchema)]
#[schema(as = Turn)]
pub struct TurnReply {
    id: TurnId,
    session: SessionId,
    status: Status,
    model: ModelRef,
    created_at: Timestamp,
    #[schema(required)]
    ended_at: Option<Timestamp>,
    question: Message,
    /// Null until something was said.
    #[schema(required)]
    answer: Option<Message>,
    usage: Usage,
    /// What the turn waits for: a user's approval, or what came of a client's tool.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waits_for: Vec<Wait>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

/// Why a turn has failed.
#[derive(Serialize, ToSchema)]
struct Fault {
    code: String,
    detail: String,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl From<TurnView> for TurnReply {
    fn from(view: TurnView) -> Self {
        let TurnView { head, question, answer, status, ended_at, usage, ending, waits } = view;
        let error = match ending {
            Some(Ending::Failed { code, detail, retry_after }) => Some(Fault { code, detail, retry_after }),
            _ => None,
        };
        Self {
            id: head.turn,
            session: head.session,
            status,
            model: head.model,
            created_at: head.at,
            ended_at,
            question,
            answer,
            usage,
            waits_for: waits,
            error,
        }
    }
}
