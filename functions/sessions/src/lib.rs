//! Sessions: list, create, read, change, delete.

mod change;
mod contract;
mod list;
mod newest;
mod replaced;
mod reply;

use axum::Router;
use axum::routing::get;
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    let read = replaced::or_list_by_email(get(list::read), &app);
    Router::new()
        .route("/sessions", get(list::list).post(change::create))
        .route("/sessions/{session}", read.patch(change::change).delete(change::delete))
        .merge(replaced::router())
        .with_state(app)
}
