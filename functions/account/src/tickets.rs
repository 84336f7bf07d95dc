//! `POST /tickets`: lets a browser open one `WebSocket` or `EventSource`, which cannot send a header.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use shared::access::TICKET_LIFE;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::Result;
use shared::http::SignedInCaller;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Ticket)]
pub(crate) struct TicketReply {
    ticket: String,
    /// Seconds.
    expires_in: u64,
}

pub(crate) async fn make(
    State(app): State<App>,
    SignedInCaller(caller): SignedInCaller,
) -> Result<(StatusCode, Json<TicketReply>)> {
    let ticket = app.access.make_ticket(&caller.user, Timestamp::now()).await?;
    Ok((StatusCode::CREATED, Json(TicketReply { ticket, expires_in: TICKET_LIFE.as_secs() })))
}
