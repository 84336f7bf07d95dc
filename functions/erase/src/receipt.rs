//! The receipt of an erasure: how far it is and how much it has deleted, and nothing of whose it was.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use serde::Serialize;
use shared::domain::{Erasure, ErasureId, Stage, Timestamp};
use shared::store::KindCounts;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(crate) struct Receipt {
    id: ErasureId,
    /// Where it is read. Nobody else has it: keep it.
    link: String,
    status: Stage,
    created_at: Timestamp,
    /// When it goes on, at the earliest.
    due_at: Timestamp,
    #[schema(required)]
    finished_at: Option<Timestamp>,
    /// How many items of each kind are deleted.
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    erased: KindCounts,
}

impl From<Erasure<KindCounts>> for Receipt {
    fn from(erasure: Erasure<KindCounts>) -> Self {
        let Erasure { id, stage: status, created_at, due_at, finished_at, erased } = erasure;
        Self { link: format!("/erasures/{id}"), id, status, created_at, due_at, finished_at, erased }
    }
}

impl Receipt {
    pub(crate) fn begun(self) -> Response {
        (StatusCode::ACCEPTED, [(LOCATION, self.link.clone())], Json(self)).into_response()
    }
}
