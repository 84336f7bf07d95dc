//! A turn waits: its user allows a call or not, its client says what came of one, and the turn goes on.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use shared::agent::Decided;
use shared::app::App;
use shared::domain::{CallId, CallRef, Decision, ToolOutcome, TurnId};
use shared::error::{Error, Result};
use shared::http::{Caller, HostDeadline, Json, Path, Wanted, stream};
use utoipa::ToSchema;

use crate::ask::whole;

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

/// How the caller wants to hear the rest.
pub(crate) struct Deciding {
    app: App,
    caller: Caller,
    wanted: Wanted,
    deadline: Option<Extension<HostDeadline>>,
}

pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Path((turn, call)): Path<(TurnId, String)>,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<ApprovalBody>,
) -> Result<Response> {
    let call = call_of(&turn, &call)?;
    let ApprovalBody { approved, reason, stream } = body;
    let decision = if approved { Decision::Allow } else { Decision::Deny { reason } };
    Deciding { app, caller, wanted, deadline }.decide(&turn, &call, decision, stream).await
}

pub(crate) async fn report(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Path((turn, call)): Path<(TurnId, String)>,
    deadline: Option<Extension<HostDeadline>>,
    Json(body): Json<OutcomeBody>,
) -> Result<Response> {
    let call = call_of(&turn, &call)?;
    let OutcomeBody { content, is_error, stream } = body;
    let content = if let Value::String(text) = content { text } else { content.to_string() };
    let decision = Decision::Outcome(ToolOutcome { content, is_error });
    Deciding { app, caller, wanted, deadline }.decide(&turn, &call, decision, stream).await
}

/// By its own name, or by the one that tells its turn, too.
fn call_of(turn: &TurnId, name: &str) -> Result<CallId> {
    match CallRef::parse(name) {
        Some(named) if named.turn == *turn => Ok(named.call),
        _ => CallId::parse(name).map_err(|_| Error::not_found("resource")),
    }
}

impl Deciding {
    async fn decide(self, turn: &TurnId, call: &CallId, decision: Decision, streamed: bool) -> Result<Response> {
        let Self { app, caller, wanted: Wanted(dialect), deadline } = self;
        let deadline = deadline.map(|Extension(HostDeadline(at))| at);
        let decided = app.consultant.decide(&caller.user, turn, call, &decision, None, deadline).await?;
        let Decided { asked, from } = decided;
        if streamed { Ok(stream(asked, dialect, from)) } else { whole(&app, &caller, asked).await }
    }
}
