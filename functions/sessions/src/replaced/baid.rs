//! BAID's plug-in lists its user's sessions, and names the user by e-mail address.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;
use shared::app::App;
use shared::domain::{Session, SessionId, Timestamp};
use shared::error::{Error, Result};
use shared::http::contract::{self, Contract, Param, Route, email, tag};
use shared::http::{Caller, DoneReply, Path};
use utoipa::ToSchema;

use crate::newest::{MAX, newest};
use crate::reply::SessionReply as OurSessionReply;

pub(super) fn router() -> Router<App> {
    Router::new().route("/sessions/{session}/{second}", delete(remove))
}

pub(super) fn contract() -> Contract {
    let second = Param::path("second", "The session's id.", &json!({ "$ref": "#/components/schemas/Id" }));
    Contract::of(
        tag::BAID,
        [contract::delete("/sessions/{session}/{second}", "baidDeleteSession", "Delete a session with its messages")
            .param(email("session"))
            .param(second)
            .gives::<DoneReply>(200, "The session is deleted.")
            .refuses(["409"])],
    )
}

/// `GET /sessions/{session}` with the user's e-mail address instead of an id lists their sessions.
pub(crate) fn or_list_by_email(read: MethodRouter<App>, app: &App) -> MethodRouter<App> {
    read.layer(from_fn_with_state(app.clone(), list_by_email))
}

/// What the contract says of that path.
pub(crate) fn or_by_email(read: Route) -> Route {
    let id_or_email = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$|@" });
    read.about("With the user's e-mail address instead of an id it lists their sessions, for BAID's plug-in.")
        .param(Param::path("session", "The session's id.", &id_or_email))
        .gives_one_of::<OurSessionReply, BaidSessionsReply>(200, "The session, or all sessions.")
}

async fn list_by_email(
    State(app): State<App>,
    name: Result<Path<String>, Error>,
    request: Request,
    next: Next,
) -> Result<Response> {
    match name {
        Ok(Path(email)) if email.contains('@') => {
            let caller = Caller::from_request_parts(&mut request.into_parts().0, &app).await?;
            Ok(list(&app, &caller, email).await?.into_response())
        }
        _ => Ok(next.run(request).await),
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = BaidSessions)]
struct BaidSessionsReply {
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

async fn list(app: &App, caller: &Caller, email: String) -> Result<Json<BaidSessionsReply>> {
    caller.check_email(app, &email).await?;
    let reply = |session: Session| SessionReply {
        session_id: session.id,
        user_id: email.clone(),
        created_at: session.created_at,
        last_used_at: session.updated_at,
    };
    let sessions = newest(app, &caller.user, MAX, |session| Some(reply(session))).await?;
    Ok(Json(BaidSessionsReply { sessions, user_id: email }))
}

async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((email, session)): Path<(String, SessionId)>,
) -> Result<Json<DoneReply>> {
    caller.check_email(&app, &email).await?;
    Box::pin(app.consultant.delete_session(&caller.user, &session)).await?;
    Ok(Json(DoneReply::saying("Session deleted successfully")))
}
