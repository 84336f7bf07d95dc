//! The messages of a session: read in pages, delete one.

mod list;

use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get};
use http::StatusCode;
use shared::app::App;
use shared::domain::{MessageId, SessionId};
use shared::error::Result;
use shared::http::{Caller, Path};

pub fn router(app: App) -> Router {
    Router::new()
        .route("/sessions/{session}/messages", get(list::list))
        .route("/sessions/{session}/messages/{message}", delete(remove))
        .with_state(app)
}

async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((session, message)): Path<(SessionId, MessageId)>,
) -> Result<StatusCode> {
    app.store.session(&caller.user, &session).await?;
    app.store.delete_message(&caller.user, &session, &message).await?;
    Ok(StatusCode::NO_CONTENT)
}
