//! Which models can be asked, what they can do and what they cost.

mod contract;
mod replaced;
mod sdk;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shared::app::App;
use shared::config::Offer;
use shared::domain::ModelRef;
use shared::http::{Caller, PageReply};
use shared::llm::{Facts, ListPrice, ListedModel, Offers};
use utoipa::ToSchema;

pub use contract::contract;

pub fn router(app: App) -> Router {
    Router::new()
        .route("/models", get(list))
        .route("/v1/models", get(sdk::list))
        .route("/v1/models/{*model}", get(sdk::read))
        .merge(replaced::router())
        .with_state(app)
}

/// What is not known is null.
#[derive(Serialize, ToSchema)]
#[schema(as = Model)]
struct ModelReply {
    /// What a question says as `model`.
    id: ModelRef,
    provider: String,
    name: String,
    label: String,
    default: bool,
    #[schema(required)]
    context_tokens: Option<u64>,
    #[schema(required)]
    max_output_tokens: Option<u64>,
    #[schema(required)]
    #[schema(value_type = Option<Vec<String>>)]
    inputs: Option<&'static [String]>,
    #[schema(required)]
    tools: Option<bool>,
    #[schema(required)]
    reasoning: Option<bool>,
    #[schema(required)]
    price: Option<PriceReply>,
    fallbacks: Vec<ModelRef>,
    aliases: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ModelPrice)]
struct PriceReply {
    input: f64,
    /// Input that the provider had read before.
    #[schema(required)]
    cached_input: Option<f64>,
    output: f64,
    /// A longer input has another price, for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    up_to_input_tokens: Option<u64>,
    source: &'static str,
    /// The day of which the source speaks, or on which it was read.
    as_of: &'static str,
    currency: &'static str,
    per: u32,
}

/// A handful, always whole: it has no pages.
async fn list(State(app): State<App>, _caller: Caller) -> Json<PageReply<ModelReply>> {
    let data = Offers::of(&app.config.llm).list().into_iter().map(reply).collect();
    Json(PageReply { data, next_cursor: None })
}

fn reply(ListedModel { offer, is_default, facts }: ListedModel<'_>) -> ModelReply {
    let label = label(&offer, facts);
    let offer = offer.into_owned();
    ModelReply {
        provider: offer.model.provider.clone(),
        name: offer.model.name.clone(),
        label,
        default: is_default,
        context_tokens: facts.and_then(|facts| facts.context_tokens),
        max_output_tokens: facts.and_then(|facts| facts.max_output_tokens),
        inputs: facts.and_then(|facts| facts.inputs.as_deref()),
        tools: facts.and_then(|facts| facts.tools),
        reasoning: facts.and_then(|facts| facts.reasoning),
        price: facts.and_then(|facts| facts.price.as_ref()).map(PriceReply::from),
        fallbacks: offer.fallbacks,
        aliases: offer.aliases,
        id: offer.model,
    }
}

impl From<&'static ListPrice> for PriceReply {
    fn from(price: &'static ListPrice) -> Self {
        let ListPrice { input, cached_input, output, up_to_input_tokens, source, as_of } = price;
        Self {
            input: *input,
            cached_input: *cached_input,
            output: *output,
            up_to_input_tokens: *up_to_input_tokens,
            source,
            as_of,
            currency: "USD",
            per: 1_000_000,
        }
    }
}

fn label(offer: &Offer, facts: Option<&Facts>) -> String {
    let known = |facts: &Facts| facts.name.clone();
    offer.label.clone().or_else(|| facts.map(known)).unwrap_or_else(|| offer.model.to_string())
}
