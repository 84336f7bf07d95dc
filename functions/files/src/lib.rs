//! Files that the code of a model has made: read by whom they were made for, as long as their provider keeps them.

mod contract;
mod replaced;
mod reply;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use shared::app::App;
use shared::domain::FileId;
use shared::error::Result;
use shared::http::{Caller, Path};

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new().route("/files/{file}", get(read)).merge(replaced::router()).with_state(app)
}

async fn read(State(app): State<App>, caller: Caller, Path(file): Path<FileId>) -> Result<Response> {
    let file = app.consultant.file(&caller.user, &file).await?;
    let download = app.consultant.download(&file).await?;
    Ok(reply::download(&file, download))
}
