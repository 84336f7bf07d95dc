//! `POST /sessions`, `PATCH` and `DELETE /sessions/{session}`.

use axum::Json as JsonReply;
use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use serde::Deserialize;
use shared::app::App;
use shared::domain::{Change, Session, SessionChange, SessionId, SystemPrompt, Title};
use shared::error::{Error, Result};
use shared::http::{Caller, Json, Path};
use utoipa::ToSchema;

use crate::reply::SessionReply;

#[derive(Deserialize, ToSchema)]
#[schema(as = NewSession)]
pub(crate) struct CreateBody {
    id: Option<SessionId>,
    #[schema(max_length = 200, pattern = r"[^\s\u0085]")]
    title: Option<String>,
    /// The system prompt; null stands for the configured one.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 8192, pattern = r"[^\s\u0085]")]
    system_prompt: Change<String>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = SessionChange)]
pub(crate) struct ChangeBody {
    #[schema(max_length = 200, pattern = r"[^\s\u0085]")]
    title: Option<String>,
    /// The system prompt; null stands for the configured one.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 8192, pattern = r"[^\s\u0085]")]
    system_prompt: Change<String>,
}

pub(crate) fn parse(title: Option<&str>, system_prompt: Change<String>) -> Result<SessionChange> {
    let system_prompt = match system_prompt {
        Change::Set(text) => Change::Set(SystemPrompt::parse(&text)?),
        Change::Clear => Change::Clear,
        Change::Keep => Change::Keep,
    };
    Ok(SessionChange { title: title.map(Title::parse).transpose()?, system_prompt, ..SessionChange::default() })
}

pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(CreateBody { id, title, system_prompt }): Json<CreateBody>,
) -> Result<impl IntoResponse> {
    let wanted = parse(title.as_deref(), system_prompt)?;
    let session = app.consultant.create_session(&caller.user, id, wanted).await?;
    let location = [("location", format!("/sessions/{}", session.id))];
    Ok((StatusCode::CREATED, location, JsonReply(SessionReply::from(session))))
}

pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<SessionId>,
    Json(ChangeBody { title, system_prompt }): Json<ChangeBody>,
) -> Result<JsonReply<SessionReply>> {
    if title.is_none() && matches!(system_prompt, Change::Keep) {
        return Err(Error::invalid("title", "Send a title or a system_prompt."));
    }
    let change = parse(title.as_deref(), system_prompt)?;
    let session: Session = app.store.change_session(&caller.user, &session, &change).await?;
    Ok(JsonReply(session.into()))
}

pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<SessionId>,
) -> Result<StatusCode> {
    Box::pin(app.consultant.delete_session(&caller.user, &session)).await?;
    Ok(StatusCode::NO_CONTENT)
}
