//! Every function in one process: for a laptop and for Cloud Run.

pub mod contract;
pub mod issuer;
pub mod local;

use axum::Router;
use shared::app::App;
use shared::http::contract::Contract;

macro_rules! functions {
    ($($function:ident),+ $(,)?) => {
        pub fn router(app: App) -> Router {
            Router::new()$(.merge($function::router(app.clone())))+.merge(demo_users(&app))
        }

        /// Those whose lines this process logs.
        pub const CRATES: &[&str] = &["all", $(stringify!($function)),+];

        /// What each function says that it serves, by the name of its folder (`_` for `-`).
        pub fn contracts() -> Vec<(&'static str, Contract)> {
            vec![$((stringify!($function), $function::contract())),+]
        }
    };
}

// In the order in which a reader of the contract wants them.
functions![
    consult, turns, sessions, history, models, tools, files, usage, account, export, erase, login, callback, health,
];

/// An identity provider of our own, on a laptop that was given no other.
fn demo_users(app: &App) -> Router {
    let laptop = app.config.data_dir.is_some() && app.config.identity.demo;
    app.config.http.public_url.as_deref().filter(|_| laptop).map_or_else(Router::new, issuer::router)
}
