//! The same for the front end of `OpenAI`'s starter app, which names a file by what it was told of it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::domain::FileId;
use shared::error::{Error, ErrorKind, Result};
use shared::http::{Caller, Query};

use crate::reply;

/// Its `filename` says nothing that we do not know better.
#[derive(Deserialize)]
pub(crate) struct FileQuery {
    file_id: Option<String>,
    container_id: Option<String>,
}

pub(crate) async fn read(State(app): State<App>, caller: Caller, Query(asked): Query<FileQuery>) -> Response {
    let Some(id) = asked.file_id.as_deref().filter(|id| !id.is_empty()) else {
        return refusal(StatusCode::BAD_REQUEST, "Missing file_id");
    };
    match find(&app, &caller, id, asked.container_id.as_deref()).await {
        Ok(response) => response,
        Err(error) if error.kind() == ErrorKind::NotFound => refusal(StatusCode::NOT_FOUND, "No such file"),
        Err(error) if error.kind() == ErrorKind::Gone => refusal(StatusCode::GONE, error.public()),
        Err(error) => {
            // Logged with its cause, as every error is; told in their words.
            let _ = error.into_response();
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "Failed to fetch file")
        }
    }
}

async fn find(app: &App, caller: &Caller, id: &str, container: Option<&str>) -> Result<Response> {
    let none = || Error::not_found("file");
    let id = FileId::parse(id).map_err(|_| none())?;
    let file = app.consultant.file(&caller.user, &id).await?;
    if container.is_some_and(|container| !container.is_empty() && container != file.container.as_str()) {
        return Err(none());
    }
    let download = app.consultant.download(&file).await?;
    Ok(reply::download(&file, download))
}

fn refusal(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}
