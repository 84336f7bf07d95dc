//! `POST /sessions`, `PATCH` and `DELETE /sessions/{session}`.

use axum::Json as JsonReply;
use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use serde::Deserialize;
use shared::app::App;
use shared::domain::{Session, SessionId, Title};
use shared::error::Result;
use shared::http::{Caller, Json, Path};

use crate::reply::SessionReply;

#[derive(Deserialize)]
pub(crate) struct CreateBody {
    id: Option<SessionId>,
    title: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct RenameBody {
    title: String,
}

pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CreateBody>,
) -> Result<impl IntoResponse> {
    let title = body.title.as_deref().map(Title::parse).transpose()?;
    let session = app.consultant.create_session(&caller.user, body.id, title).await?;
    let location = [("location", format!("/sessions/{}", session.id))];
    Ok((StatusCode::CREATED, location, JsonReply(SessionReply::from(session))))
}

pub(crate) async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<SessionId>,
    Json(body): Json<RenameBody>,
) -> Result<JsonReply<SessionReply>> {
    let title = Title::parse(&body.title)?;
    let session: Session = app.store.rename_session(&caller.user, &session, &title).await?;
    Ok(JsonReply(session.into()))
}

pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<SessionId>,
) -> Result<StatusCode> {
    app.consultant.delete_session(&caller.user, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}
