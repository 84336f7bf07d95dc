//! Tools: which there are, and a direct call of one.

mod contract;
mod replaced;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json as JsonReply, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::app::App;
use shared::domain::{HostedKind, Timestamp, ToolSpec};
use shared::error::Result;
use shared::http::{Caller, Json, PageReply, Path};
use shared::tools::ToolContext;
use utoipa::ToSchema;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/tools", get(list))
        .route("/tools/{tool}", post(call))
        .merge(replaced::router())
        .with_state(app)
}

/// As a question's `tools` name it.
#[derive(Serialize, ToSchema)]
#[schema(as = Tool)]
#[serde(untagged)]
enum ToolReply {
    Function {
        r#type: &'static str,
        #[serde(flatten)]
        spec: ToolSpec,
        /// Whether a model's call of it waits until its user has allowed it.
        needs_approval: bool,
    },
    /// The model's provider runs it, if a question asks for it.
    Hosted { r#type: HostedKind, description: &'static str },
}

#[derive(Deserialize, ToSchema)]
#[schema(as = ToolArguments)]
struct CallBody {
    #[serde(default)]
    #[schema(value_type = Object)]
    arguments: Map<String, Value>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ToolResult)]
struct CallReply {
    /// JSON, or a text.
    result: Value,
}

/// All of them: they are few.
async fn list(State(app): State<App>, _: Caller) -> JsonReply<PageReply<ToolReply>> {
    let tools = app.consultant.tools();
    let function = |spec: ToolSpec| {
        let needs_approval = tools.needs_approval(&spec.name);
        ToolReply::Function { r#type: "function", spec, needs_approval }
    };
    let hosted = |&kind: &HostedKind| ToolReply::Hosted { r#type: kind, description: description(kind) };
    let data = tools.specs().into_iter().map(function).chain(tools.hosted().iter().map(hosted)).collect();
    JsonReply(PageReply { data, next_cursor: None })
}

fn description(kind: HostedKind) -> &'static str {
    match kind {
        HostedKind::WebSearch => "Searches the web.",
        HostedKind::FileSearch => "Searches the provider's vector stores that the question names.",
        HostedKind::CodeInterpreter => "Runs code, which may make files.",
        HostedKind::Mcp => "Calls tools of the MCP server that the question names.",
    }
}

async fn call(
    State(app): State<App>,
    caller: Caller,
    Path(tool): Path<String>,
    Json(CallBody { arguments }): Json<CallBody>,
) -> Result<JsonReply<CallReply>> {
    let context = ToolContext { owner: caller.user, session: None, now: Timestamp::now() };
    let result = app.consultant.tools().call(&tool, &Value::Object(arguments), &context).await?;
    Ok(JsonReply(CallReply { result }))
}
