//! One turn: read it, cancel it.

mod contract;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use shared::agent::Target;
use shared::app::App;
use shared::domain::TurnId;
use shared::error::Result;
use shared::http::{Caller, Path, TurnReply};

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/turns/{turn}", get(read))
        .route("/turns/{turn}/cancel", post(cancel))
        .route("/api/chat/{session}/stop", post(stop))
        .with_state(app)
}

async fn read(State(app): State<App>, caller: Caller, Path(turn): Path<TurnId>) -> Result<Json<TurnReply>> {
    let turn = app.consultant.turn_closing_lapsed(&caller.user, &turn).await?;
    Ok(Json(turn.into()))
}

/// Answers with the turn as it stands then: `cancelled`, or how it had ended before.
async fn cancel(State(app): State<App>, caller: Caller, Path(turn): Path<TurnId>) -> Result<Json<TurnReply>> {
    let turn = app.consultant.cancel(&caller.user, &turn).await?;
    Ok(Json(turn.into()))
}

/// The AI SDK knows no turns: what its chat is being told is stopped, if anything is.
async fn stop(State(app): State<App>, caller: Caller, Path(chat): Path<String>) -> Result<StatusCode> {
    app.consultant.cancel_open(&caller.user, &Target::named(&chat)).await?;
    Ok(StatusCode::NO_CONTENT)
}
