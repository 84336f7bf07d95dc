//! `sessions`: placeholder.
use axum::Router;
use shared::app::App;
pub fn router(app: App) -> Router { let _ = app; Router::new() }
