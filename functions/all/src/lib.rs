//! Every function in one process: for a laptop and for Cloud Run.

pub mod local;

use axum::Router;
use shared::app::App;

pub fn router(app: App) -> Router {
    Router::new()
        .merge(account::router(app.clone()))
        .merge(callback::router(app.clone()))
        .merge(consult::router(app.clone()))
        .merge(health::router(app.clone()))
        .merge(history::router(app.clone()))
        .merge(login::router(app.clone()))
        .merge(sessions::router(app.clone()))
        .merge(turns::router(app))
}
