//! Every function in one process: for a laptop and for Cloud Run.

pub mod contract;
pub mod issuer;
pub mod local;

use axum::Router;
use shared::app::App;

pub fn router(app: App) -> Router {
    let demo = demo_users(&app);
    Router::new()
        .merge(account::router(app.clone()))
        .merge(callback::router(app.clone()))
        .merge(consult::router(app.clone()))
        .merge(erase::router(app.clone()))
        .merge(export::router(app.clone()))
        .merge(files::router(app.clone()))
        .merge(health::router(app.clone()))
        .merge(history::router(app.clone()))
        .merge(login::router(app.clone()))
        .merge(models::router(app.clone()))
        .merge(sessions::router(app.clone()))
        .merge(tools::router(app.clone()))
        .merge(turns::router(app.clone()))
        .merge(usage::router(app))
        .merge(demo)
}

/// An identity provider of our own, on a laptop that was given no other.
fn demo_users(app: &App) -> Router {
    let laptop = app.config.data_dir.is_some() && app.config.identity.demo;
    app.config.http.public_url.as_deref().filter(|_| laptop).map_or_else(Router::new, issuer::router)
}
