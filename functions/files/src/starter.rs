//! The same for the front end of `OpenAI`'s starter app, which names a file by what it has read of it.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shared::app::App;
use shared::domain::FileId;
use shared::error::{Error, Result, codes};
use shared::http::{Caller, Query};

use crate::reply;

/// Its `filename` says nothing that we do not know better.
#[derive(Deserialize)]
pub(crate) struct FileQuery {
    file_id: Option<String>,
    container_id: Option<String>,
}

pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Query(FileQuery { file_id, container_id }): Query<FileQuery>,
) -> Result<Response> {
    let given = |id: Option<String>| id.filter(|id| !id.is_empty());
    let none = || Error::not_found("file");
    let id = given(file_id).ok_or_else(|| Error::new(codes::MISSING_FILE_ID, "Missing file_id"))?;
    let id = FileId::parse(id).map_err(|_| none())?;
    let file = app.consultant.file(&caller.user, &id).await?;
    if given(container_id).is_some_and(|container| container != file.container.as_str()) {
        return Err(none());
    }
    let download = app.consultant.download(&file).await?;
    Ok(reply::download(&file, download))
}
