//! Tools: which there are, and a direct call of one.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json as JsonReply, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::app::App;
use shared::domain::{Timestamp, ToolSpec};
use shared::error::Result;
use shared::http::{Caller, Json, PageReply, Path};
use shared::tools::Asker;

pub fn router(app: App) -> Router {
    Router::new().route("/tools", get(list)).route("/tools/{tool}", post(call)).with_state(app)
}

#[derive(Serialize)]
struct ToolReply {
    #[serde(flatten)]
    spec: ToolSpec,
    /// Whether a model's call of it waits until its user has allowed it.
    needs_approval: bool,
}

#[derive(Deserialize)]
struct CallBody {
    #[serde(default)]
    arguments: Map<String, Value>,
}

#[derive(Serialize)]
struct CallReply {
    /// JSON, or a text.
    result: Value,
}

/// All of them: they are few.
async fn list(State(app): State<App>, _: Caller) -> JsonReply<PageReply<ToolReply>> {
    let tools = app.consultant.tools();
    let reply = |spec: ToolSpec| ToolReply { needs_approval: tools.needs_approval(&spec.name), spec };
    JsonReply(PageReply { data: tools.specs().into_iter().map(reply).collect(), next_cursor: None })
}

async fn call(
    State(app): State<App>,
    caller: Caller,
    Path(tool): Path<String>,
    Json(CallBody { arguments }): Json<CallBody>,
) -> Result<JsonReply<CallReply>> {
    let asker = Asker { owner: caller.user, session: None, now: Timestamp::now() };
    let result = app.consultant.tools().call(&tool, &Value::Object(arguments), &asker).await?;
    Ok(JsonReply(CallReply { result }))
}
