//! `GET /api/v1/usage/models`: the models as the Conversation API's clients list them.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shared::app::App;
use shared::domain::ModelRef;
use shared::http::Caller;
use shared::http::contract::{self, Contract, tag};
use shared::llm::Offers;
use utoipa::ToSchema;

use crate::{ModelReply, reply};

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/v1/usage/models", get(list))
}

pub(super) fn contract() -> Contract {
    let names = [contract::get("/api/v1/usage/models", "listModelNames", "List the models")
        .gives::<NamesReply>(200, "All models that can be asked.")];
    Contract::of(tag::CONVERSATION_API, names)
}

#[derive(Serialize, ToSchema)]
#[schema(as = ModelNames)]
struct NamesReply {
    models: Vec<NameReply>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ModelName)]
struct NameReply {
    id: ModelRef,
    provider: String,
    name: String,
}

async fn list(State(app): State<App>, _caller: Caller) -> Json<NamesReply> {
    let name = |ModelReply { id, provider, label, .. }| NameReply { id, provider, name: label };
    Json(NamesReply { models: Offers::of(&app.config.llm).list().into_iter().map(reply).map(name).collect() })
}
