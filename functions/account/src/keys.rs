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

#[derive(Deserialize)]
pub(crate) struct KeyBody {
    name: String,
    /// Seconds; for ever without.
    expires_in: Option<u64>,
}

#[derive(Serialize)]
pub(crate) struct KeyReply {
    id: KeyId,
    name: String,
    created_at: Timestamp,
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
    let new = NewKey::parse(&body.name, body.expires_in.map(Duration::from_secs))?;
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
