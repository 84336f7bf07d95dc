//! A turn waits: its user allows a call or not, its client says what came of one, and the turn goes on.

use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use shared::agent::Decided;
use shared::domain::{CallId, CallRef, Decision, ToolOutcome, TurnId};
use shared::error::{Error, Result};
use shared::http::{Json, Path, Wanted, stream};
use shared::wire::Dialect;
use utoipa::ToSchema;

use crate::ask::turn_reply;
use crate::request::AskRequest;

#[derive(Deserialize, ToSchema)]
#[schema(as = Approval)]
pub(crate) struct ApprovalBody {
    approved: bool,
    #[schema(max_length = 1000)]
    reason: Option<String>,
    #[serde(default = "streamed")]
    stream: bool,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = Outcome)]
pub(crate) struct OutcomeBody {
    /// A text, or JSON that becomes one.
    content: Value,
    #[serde(default)]
    is_error: bool,
    #[serde(default = "streamed")]
    stream: bool,
}

fn streamed() -> bool {
    true
}

pub(crate) async fn approve(
    asks: AskRequest,
    Wanted(dialect): Wanted,
    Path((turn, call)): Path<(TurnId, String)>,
    Json(body): Json<ApprovalBody>,
) -> Result<Response> {
    let call = call_of(&turn, &call)?;
    let ApprovalBody { approved, reason, stream } = body;
    let decision = if approved { Decision::Allow } else { Decision::Deny { reason } };
    decide_and_reply(asks, dialect, (turn, call), decision, stream).await
}

pub(crate) async fn report(
    asks: AskRequest,
    Wanted(dialect): Wanted,
    Path((turn, call)): Path<(TurnId, String)>,
    Json(body): Json<OutcomeBody>,
) -> Result<Response> {
    let call = call_of(&turn, &call)?;
    let OutcomeBody { content, is_error, stream } = body;
    let content = if let Value::String(text) = content { text } else { content.to_string() };
    let decision = Decision::Outcome(ToolOutcome { content, is_error });
    decide_and_reply(asks, dialect, (turn, call), decision, stream).await
}

/// By its own name, or by the one that tells its turn, too.
fn call_of(turn: &TurnId, name: &str) -> Result<CallId> {
    match CallRef::parse(name) {
        Some(named) if named.turn == *turn => Ok(named.call),
        _ => CallId::parse(name).map_err(|_| Error::not_found("resource")),
    }
}

async fn decide_and_reply(
    asks: AskRequest,
    dialect: Dialect,
    (turn, call): (TurnId, CallId),
    decision: Decision,
    streamed: bool,
) -> Result<Response> {
    let AskRequest { app, user, deadline, .. } = asks;
    let decided = app.consultant.decide(&user, &turn, &call, &decision, None, deadline).await?;
    let Decided { asked, from } = decided;
    if streamed { Ok(stream(asked, dialect, from)) } else { turn_reply(&app, &user, asked).await }
}
