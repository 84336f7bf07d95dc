//! `GET /me/logins`, `DELETE /me/logins/{login}`: where I am signed in.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use shared::app::App;
use shared::domain::{Login, LoginId, Timestamp};
use shared::error::Result;
use shared::http::{PageReply, Path, SignedInCaller};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Login)]
pub(crate) struct LoginReply {
    id: LoginId,
    provider: String,
    #[schema(required)]
    agent: Option<String>,
    created_at: Timestamp,
    used_at: Timestamp,
    expires_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

pub(crate) async fn list(
    State(app): State<App>,
    SignedInCaller(caller): SignedInCaller,
) -> Result<Json<PageReply<LoginReply>>> {
    let logins = app.access.logins(&caller.user, Timestamp::now()).await?;
    let data = logins.into_iter().map(|login| LoginReply::new(login, caller.login())).collect();
    Ok(Json(PageReply { data, next_cursor: None }))
}

pub(crate) async fn end(
    State(app): State<App>,
    SignedInCaller(caller): SignedInCaller,
    Path(login): Path<LoginId>,
) -> Result<StatusCode> {
    app.access.end_login(&caller.user, &login, Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl LoginReply {
    fn new(login: Login, current: Option<&LoginId>) -> Self {
        let Login { id, provider, agent, created_at, used_at, expires_at } = login;
        Self { current: Some(&id) == current, id, provider, agent, created_at, used_at, expires_at }
    }
}
