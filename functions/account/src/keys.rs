//! `/me/keys`: personal API keys for scripts and SDKs.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::access::NewKey;
use shared::app::App;
use shared::domain::{ApiKey, KeyId, Timestamp};
use shared::error::Result;
use shared::http::{Json, PageReply, Path, SignedInCaller};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[schema(as = NewApiKey)]
pub(crate) struct KeyBody {
    #[schema(max_length = 100, pattern = r"[^\s\u0085]")]
    name: String,
    /// Seconds; for ever without.
    #[schema(minimum = 1, maximum = 315_360_000)]
    expires_in: Option<f64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyReply {
    id: KeyId,
    name: String,
    created_at: Timestamp,
    #[schema(required)]
    expires_at: Option<Timestamp>,
    /// The key itself: shown when it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

pub(crate) async fn make(
    State(app): State<App>,
    SignedInCaller(caller): SignedInCaller,
    Json(body): Json<KeyBody>,
) -> Result<(StatusCode, axum::Json<KeyReply>)> {
    // What is no span of time is one that no key has.
    let life = body.expires_in.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let new = NewKey::parse(&body.name, life)?;
    let (key, secret) = app.access.make_key(&caller.user, &new, Timestamp::now()).await?;
    Ok((StatusCode::CREATED, axum::Json(KeyReply { key: Some(secret), ..key.into() })))
}

pub(crate) async fn list(
    State(app): State<App>,
    SignedInCaller(caller): SignedInCaller,
) -> Result<axum::Json<PageReply<KeyReply>>> {
    let keys = app.access.keys(&caller.user, Timestamp::now()).await?;
    Ok(axum::Json(PageReply { data: keys.into_iter().map(KeyReply::from).collect(), next_cursor: None }))
}

pub(crate) async fn revoke(
    State(app): State<App>,
    SignedInCaller(caller): SignedInCaller,
    Path(key): Path<KeyId>,
) -> Result<StatusCode> {
    app.access.revoke_key(&caller.user, &key, Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ApiKey> for KeyReply {
    fn from(key: ApiKey) -> Self {
        let ApiKey { id, name, created_at, expires_at, by_login: _ } = key;
        Self { id, name, created_at, expires_at, key: None }
    }
}
