//! What the browser of `OpenAI`'s Responses starter app runs when a model asks it to: two tools of ours.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::{Error, ErrorKind, Result};
use shared::http::{Caller, Query};
use shared::tools::ToolContext;

#[derive(Deserialize)]
pub(crate) struct Place {
    #[serde(default)]
    location: String,
    unit: Option<String>,
}

pub(crate) async fn get_weather(
    State(app): State<App>,
    caller: Caller,
    Query(Place { location, unit }): Query<Place>,
) -> Result<Json<Value>> {
    let unit = unit.filter(|unit| !unit.is_empty()).unwrap_or_else(|| "celsius".to_owned());
    let arguments = json!({ "location": location, "unit": unit });
    let weather = call(&app, caller, "get_weather", &arguments).await.map_err(no_place)?;
    Ok(Json(json!({ "temperature": weather["temperature"] })))
}

pub(crate) async fn get_joke(State(app): State<App>, caller: Caller) -> Result<Json<Value>> {
    call(&app, caller, "get_joke", &json!({})).await.map(Json)
}

async fn call(app: &App, caller: Caller, tool: &str, arguments: &Value) -> Result<Value> {
    let context = ToolContext { owner: caller.user, session: None, now: Timestamp::now() };
    app.consultant.tools().call(tool, arguments, &context).await
}

/// What cannot be a place is one that is not there.
fn no_place(error: Error) -> Error {
    if error.kind() == ErrorKind::Invalid { Error::not_found("location") } else { error }
}
