//! An erasure: the job that deletes everything of a user, and its receipt, which says nothing of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ErasureId, Timestamp};

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Logins and keys end, and turns are stopped.
    Pending,
    /// It waits until nobody can be writing any more, then it deletes.
    Running,
    Done,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure<UsageTally> {
    pub id: ErasureId,
    pub stage: Stage,
    pub created_at: Timestamp,
    /// When it goes on, at the earliest.
    pub due_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// How much it has deleted.
    pub erased: UsageTally,
}
