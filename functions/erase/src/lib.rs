//! Deletes everything of a user who wants it; a receipt tells how far that is.

mod clock;
mod contract;
mod receipt;

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Deserialize;
use shared::app::App;
use shared::domain::ErasureId;
use shared::error::{Error, Result, codes};
use shared::http::{Cookies, Fields, Path, Query, RefreshCookie, SignedInCaller, with_cookies};
use tokio::time::sleep;
use utoipa::ToSchema;

pub use contract::contract;

use receipt::Receipt;

pub fn router(app: App) -> Router {
    Router::new().route("/me", delete(begin)).route("/erasures/{erasure}", get(read)).with_state(app)
}

/// On Lambda a clock asks as well, past the gateway.
pub fn with_clock(app: App) -> Router {
    router(app.clone()).merge(clock::router(app))
}

/// Where a process goes on by itself, it looks now and then for what is due.
pub async fn keep_going(app: App) {
    let delay = app.consultant.erasure_delay() / 16;
    let pause = delay.clamp(Duration::from_millis(100), Duration::from_mins(1));
    loop {
        // A failure is in the log, and is tried again.
        if app.consultant.erase_due().await.unwrap_or(true) {
            sleep(pause).await;
        }
    }
}

/// Nobody does this by mistake, or with somebody else's words.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = ErasureWish)]
pub(crate) struct EraseQuery {
    /// The caller's own user id.
    #[schema(nullable = false)]
    confirm: Option<String>,
}

async fn begin(
    State(app): State<App>,
    SignedInCaller(caller): SignedInCaller,
    cookie: RefreshCookie,
    Query(query): Query<EraseQuery>,
    Fields(body): Fields<EraseQuery>,
) -> Result<Response> {
    if body.confirm.or(query.confirm).as_deref() != Some(caller.user.as_str()) {
        let why = "This cannot be undone: send your user id, as GET /me tells it, as confirm.";
        return Err(Error::invalid("confirm", why).with_code(codes::NOT_CONFIRMED));
    }
    let erasure = app.consultant.erase(&caller.user).await?;
    let ended = if cookie.is_of_our_page() { Cookies::new(&app.config.http).signed_out() } else { Vec::new() };
    Ok(with_cookies(Receipt::from(erasure).begun(), ended))
}

/// A holder of the receipt may read it: there is no account any more that could prove itself.
async fn read(State(app): State<App>, Path(erasure): Path<ErasureId>) -> Result<Json<Receipt>> {
    Ok(Json(app.consultant.erasure(&erasure).await?.into()))
}
