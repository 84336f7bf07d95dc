//! The Conversation API's clients register, log in and sign out in their own words.

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use http::header::USER_AGENT;
use serde::{Deserialize, Serialize};
use shared::access::Admitted;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::{Error, Result};
use shared::http::{self as edge, Caller, DoneReply, TokenReply};
use utoipa::ToSchema;

use crate::sign_out;

/// Deliberately no `Debug`.
#[derive(Deserialize, ToSchema)]
#[schema(as = Password)]
pub(crate) struct PasswordBody {
    #[schema(
        max_length = 254,
        pattern = r"^\s*[^\s@\x00-\x1f\x7f-\x9f]+@[^\s@.\x00-\x1f\x7f-\x9f]([^\s@\x00-\x1f\x7f-\x9f]*[^\s@.\x00-\x1f\x7f-\x9f])?\s*$"
    )]
    email: String,
    #[schema(min_length = 8, max_length = 256)]
    password: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Admitted)]
pub(crate) struct PasswordSignInReply {
    #[serde(flatten)]
    token: TokenReply,
    user: UserReply,
}

/// These clients read a user's id as a UUID.
#[derive(Serialize, ToSchema)]
#[schema(as = AdmittedUser)]
struct UserReply {
    id: String,
    email: String,
}

pub(crate) async fn register(
    State(app): State<App>,
    headers: HeaderMap,
    edge::Json(PasswordBody { email, password }): edge::Json<PasswordBody>,
) -> Result<Json<PasswordSignInReply>> {
    let admitted = app.access.register(&email, &password.into(), agent(&headers), Timestamp::now()).await?;
    Ok(Json(admitted.into()))
}

pub(crate) async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    edge::Json(PasswordBody { email, password }): edge::Json<PasswordBody>,
) -> Result<Json<PasswordSignInReply>> {
    let admitted = app.access.log_in(&email, &password.into(), agent(&headers), Timestamp::now()).await?;
    Ok(Json(admitted.into()))
}

pub(crate) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Result<Caller, Error>,
) -> Result<Json<DoneReply>> {
    sign_out::end(&app, &headers, caller, false).await?;
    Ok(Json(DoneReply::saying("Logged out successfully")))
}

/// What the client calls itself: lets a user tell their logins apart.
fn agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok())
}

impl From<Admitted> for PasswordSignInReply {
    fn from(Admitted { issued, email }: Admitted) -> Self {
        let user = UserReply { id: issued.user.uuid(), email };
        Self { token: TokenReply::bearer(issued), user }
    }
}
