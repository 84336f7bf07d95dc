//! `POST /__name__`.

use axum::Json as JsonReply;
use serde::{Deserialize, Serialize};
use shared::http::{Caller, Json};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[schema(as = New__Type__)]
pub(crate) struct __Type__Body {
    text: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = __Type__)]
pub(crate) struct __Type__Reply {
    text: String,
}

/// A request without a proven user does not get here. What a handler stores belongs to `caller.user`.
pub(crate) async fn create(
    _caller: Caller,
    Json(__Type__Body { text }): Json<__Type__Body>,
) -> JsonReply<__Type__Reply> {
    JsonReply(__Type__Reply { text })
}
