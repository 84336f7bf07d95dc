//! Who I am, and everything that lets me stay signed in or ends it.

mod contract;
mod conversation_api;
mod key_set;
mod keys;
mod logins;
mod me;
mod meai;
mod sign_out;
mod starter;
mod tickets;
mod token;

use axum::Router;
use axum::routing::{delete, get, post};
use shared::app::App;

pub use contract::contract;

pub fn router(app: App) -> Router {
    let passwords = if app.config.identity.passwords { by_password() } else { Router::new() };
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
        // meAI's front end.
        .route("/auth/me", get(meai::me))
        .route("/auth/logout", post(meai::logout))
        // OpenAI's Responses starter app.
        .route("/api/google/status", get(starter::status))
        // The Conversation API's clients.
        .route("/api/v1/auth/logout", post(conversation_api::logout))
        .merge(passwords)
        .with_state(app)
}

/// Where this is off, there is nothing at these paths.
fn by_password() -> Router<App> {
    Router::new()
        .route("/api/v1/auth/register", post(conversation_api::register))
        .route("/api/v1/auth/login", post(conversation_api::login))
}
