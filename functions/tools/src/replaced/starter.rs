//! What the browser of `OpenAI`'s Responses starter app runs when a model asks it to: two tools of ours.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::{Error, ErrorKind, Result};
use shared::http::contract::{self, Contract, Param, Route, tag};
use shared::http::{Caller, Query};
use shared::tools::ToolContext;

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/functions/get_weather", get(get_weather)).route("/api/functions/get_joke", get(get_joke))
}

pub(super) fn contract() -> Contract {
    Contract::of(tag::STARTER, routes())
}

fn routes() -> Vec<Route> {
    let unit = json!({ "type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius" });
    vec![
        contract::get("/api/functions/get_weather", "starterGetWeather", "Get the weather at a place")
            .param(Param::query("location", "The place.", &json!({ "type": "string" })).example("Graz"))
            .param(Param::query("unit", "The unit of the temperature.", &unit))
            .gives_json(200, "The temperature there.", &object("temperature", "number"))
            .refuses(["404", "502"]),
        contract::get("/api/functions/get_joke", "starterGetJoke", "Get a joke")
            .gives_json(200, "A joke.", &object("joke", "string"))
            .refuses(["502"]),
    ]
}

fn object(name: &str, kind: &str) -> Value {
    json!({ "type": "object", "properties": { name: { "type": kind } }, "required": [name] })
}

#[derive(Deserialize)]
struct Place {
    #[serde(default)]
    location: String,
    unit: Option<String>,
}

async fn get_weather(
    State(app): State<App>,
    caller: Caller,
    Query(Place { location, unit }): Query<Place>,
) -> Result<Json<Value>> {
    let unit = unit.filter(|unit| !unit.is_empty()).unwrap_or_else(|| "celsius".to_owned());
    let arguments = json!({ "location": location, "unit": unit });
    let weather = call(&app, caller, "get_weather", &arguments).await.map_err(no_place)?;
    Ok(Json(json!({ "temperature": weather["temperature"] })))
}

async fn get_joke(State(app): State<App>, caller: Caller) -> Result<Json<Value>> {
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
