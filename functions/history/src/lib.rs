//! The messages of a session: read in pages, delete one; and as three other systems tell them.

mod baid;
mod contract;
mod conversation_api;
mod list;
mod meai;

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
        .route("/history/{email}/{session}", get(baid::list))
        .route("/conversations/{session}/messages", get(meai::list))
        .route("/conversations/{session}/messages/{message}", delete(meai::remove))
        .route("/api/v1/conversations/{conversation}/messages", get(conversation_api::list))
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
