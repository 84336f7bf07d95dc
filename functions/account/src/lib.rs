//! Who I am.

use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shared::app::App;
use shared::domain::UserId;
use shared::http::Caller;

pub fn router(app: App) -> Router {
    Router::new().route("/me", get(me)).with_state(app)
}

#[derive(Serialize)]
struct MeReply {
    user: UserId,
}

async fn me(caller: Caller) -> Json<MeReply> {
    Json(MeReply { user: caller.user })
}
