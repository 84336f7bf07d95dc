//! What every question needs of its HTTP request: who asks, the idempotency key, and when this host will be gone.

use std::time::SystemTime;

use axum::extract::FromRequestParts;
use http::request::Parts;
use shared::agent::{Ask, Asked};
use shared::app::App;
use shared::domain::UserId;
use shared::error::{Error, Result};
use shared::http::{Caller, HostDeadline, IdempotencyKey};

pub(crate) struct AskRequest {
    pub(crate) app: App,
    pub(crate) user: UserId,
    pub(crate) key: Option<String>,
    pub(crate) deadline: Option<SystemTime>,
}

impl FromRequestParts<App> for AskRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let IdempotencyKey(key) = IdempotencyKey::from_request_parts(parts, app).await?;
        let deadline = parts.extensions.get::<HostDeadline>().map(|HostDeadline(at)| *at);
        Ok(Self { app: app.clone(), user: caller.user, key, deadline })
    }
}

impl AskRequest {
    pub(crate) async fn ask(self, ask: Ask) -> Result<Asked> {
        let Self { app, user, key, deadline } = self;
        app.consultant.ask(&user, Ask { key, deadline, ..ask }).await
    }
}
