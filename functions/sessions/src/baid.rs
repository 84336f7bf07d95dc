//! BAID's plug-in lists its user's sessions, and names the user by e-mail address.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::app::App;
use shared::domain::{SessionId, Timestamp};
use shared::error::Result;
use shared::http::{Caller, DoneReply, Path};
use utoipa::ToSchema;

use crate::list::{MAX, newest};

#[derive(Serialize, ToSchema)]
#[schema(as = BaidSessions)]
pub(crate) struct BaidSessionsReply {
    user_id: String,
    sessions: Vec<SessionReply>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BaidSession)]
struct SessionReply {
    session_id: SessionId,
    user_id: String,
    created_at: Timestamp,
    last_used_at: Timestamp,
}

pub(crate) async fn list(app: &App, caller: &Caller, email: String) -> Result<Json<BaidSessionsReply>> {
    caller.check_email(app, &email).await?;
    let reply = |session: shared::domain::Session| SessionReply {
        session_id: session.id,
        user_id: email.clone(),
        created_at: session.created_at,
        last_used_at: session.updated_at,
    };
    let sessions = newest(app, &caller.user, MAX, |session| Some(reply(session))).await?;
    Ok(Json(BaidSessionsReply { sessions, user_id: email }))
}

pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((email, session)): Path<(String, SessionId)>,
) -> Result<Json<DoneReply>> {
    caller.check_email(&app, &email).await?;
    Box::pin(app.consultant.delete_session(&caller.user, &session)).await?;
    Ok(Json(DoneReply::saying("Session deleted successfully")))
}
