//! Sessions: list, create, read, change, delete.

mod change;
mod list;
mod reply;

use axum::Router;
use axum::routing::get;
use shared::app::App;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/sessions", get(list::list).post(change::create))
        .route("/sessions/{session}", get(list::read).patch(change::change).delete(change::delete))
        .with_state(app)
}
