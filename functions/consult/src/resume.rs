//! `GET /turns/{turn}/stream`: back to an answer, from any position, on any machine.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use shared::app::App;
use shared::domain::{Position, TurnId};
use shared::error::{Error, Result, codes};
use shared::http::{Caller, Path, Query, Wanted, stream};
use shared::wire::Encoding;

#[derive(Deserialize)]
pub(crate) struct From {
    after: Option<String>,
}

/// 204 when there is nothing after that position, and nothing will come.
pub(crate) async fn resume(
    State(app): State<App>,
    caller: Caller,
    Wanted(dialect): Wanted,
    Path(turn): Path<TurnId>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response> {
    let after = position(from.after.as_deref().or_else(|| last_event_id(&headers)))?;
    let (asked, head) = app.consultant.reopen(&caller.user, &turn).await?;
    if asked.end.is_some_and(|end| end <= after) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(stream(asked, Encoding::replaying(dialect, &head), after))
}

fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    // A header that is no text is a position that cannot be read, not the beginning.
    headers.get("last-event-id").map(|id| id.to_str().unwrap_or("?"))
}

fn position(text: Option<&str>) -> Result<Position> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(0) };
    text.parse().map_err(|_| Error::new(codes::BAD_POSITION, "A position is the id of an event that was received."))
}
