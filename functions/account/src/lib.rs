//! Who I am, and everything that lets me stay signed in or ends it.

mod contract;
mod key_set;
mod keys;
mod logins;
mod me;
mod replaced;
mod sign_out;
mod tickets;
mod token;

use axum::Router;
use axum::routing::{delete, get, post};
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/me", get(me::me))
        .route("/token", post(token::refresh))
        .route("/logout", post(sign_out::logout))
        .route("/me/logins", get(logins::list))
        .route("/me/logins/{login}", delete(logins::end))
        .route("/me/keys", get(keys::list).post(keys::make))
        .route("/me/keys/{key}", delete(keys::revoke))
        .route("/tickets", post(tickets::make))
        .route("/.well-known/jwks.json", get(key_set::read))
        .merge(replaced::router(&app))
        .with_state(app)
}
