//! The messages of a session: read in pages, delete one.

mod contract;
mod list;
mod replaced;

use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get};
use http::StatusCode;
use shared::app::App;
use shared::domain::{MessageId, SessionId, UserId};
use shared::error::Result;
use shared::http::{Caller, Path};

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/sessions/{session}/messages", get(list::list))
        .route("/sessions/{session}/messages/{message}", delete(remove))
        .merge(replaced::router())
        .with_state(app)
}

async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((session, message)): Path<(SessionId, MessageId)>,
) -> Result<StatusCode> {
    delete_message(&app, &caller.user, &session, &message).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_message(app: &App, user: &UserId, session: &SessionId, message: &MessageId) -> Result<()> {
    app.store.session(user, session).await?;
    app.store.delete_message(user, session, message).await
}
