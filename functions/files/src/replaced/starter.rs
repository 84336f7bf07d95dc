//! The same for the front end of `OpenAI`'s starter app, which names a file by what it has read of it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::domain::FileId;
use shared::error::{Error, Result, codes};
use shared::http::contract::{self, Contract, Param, tag};
use shared::http::{Caller, Query};

use crate::contract::saves;
use crate::reply;

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/container_files/content", get(read))
}

pub(super) fn contract() -> Contract {
    let text = || json!({ "type": "string" });
    let read = saves(contract::get(
        "/api/container_files/content",
        "starterGetFile",
        "Download a file that a model's code made",
    ))
    .param(Param::query("file_id", "The file's id.", &json!({ "type": "string", "minLength": 1 })).required())
    .param(Param::query("container_id", "Ignored: the file's id is enough.", &text()))
    .param(Param::query("filename", "Ignored: the file has a name.", &text()))
    .refuses(["404"]);
    Contract::of(tag::STARTER, [read])
}

/// Its `filename` says nothing that we do not know better.
#[derive(Deserialize)]
struct FileQuery {
    file_id: Option<String>,
    container_id: Option<String>,
}

async fn read(
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
