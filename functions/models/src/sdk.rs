//! The same for SDKs: as `OpenAI` lists models (<https://platform.openai.com/docs/api-reference/models>), or as
//! Anthropic does (<https://docs.anthropic.com/en/api/models-list>) for those who say that they are its clients. Both
//! use one path.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde_json::{Value, json};
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::Result;
use shared::http::{Caller, Path};
use shared::llm::{Dish, Menu, facts};

use crate::label;

/// Nobody here knows since when there is a model; both want to be told.
const CREATED: Timestamp = Timestamp::from_millis(0);

/// In whose shape.
#[derive(Clone, Copy)]
pub(crate) enum Sdk {
    OpenAi,
    Anthropic,
}

impl<S: Sync> FromRequestParts<S> for Sdk {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let is_anthropic = parts.headers.contains_key("anthropic-version");
        Ok(if is_anthropic { Self::Anthropic } else { Self::OpenAi })
    }
}

/// All at once, under each name that a question may say.
pub(crate) async fn list(State(app): State<App>, _caller: Caller, sdk: Sdk) -> Json<Value> {
    let menu = Menu::of(&app.config.llm).list();
    let models: Vec<Value> = menu.iter().flat_map(|dish| names(dish).map(|name| sdk.model(&name, dish))).collect();
    Json(match sdk {
        Sdk::OpenAi => json!({ "object": "list", "data": models }),
        Sdk::Anthropic => {
            let (first, last) = (models.first().map(|m| &m["id"]), models.last().map(|m| &m["id"]));
            json!({ "data": models, "has_more": false, "first_id": first, "last_id": last })
        }
    })
}

pub(crate) async fn read(
    State(app): State<App>,
    _caller: Caller,
    sdk: Sdk,
    Path(name): Path<String>,
) -> Result<Json<Value>> {
    let offer = Menu::of(&app.config.llm).find(Some(&name))?;
    let dish = Dish { facts: facts(&offer.model), is_default: false, offer };
    Ok(Json(sdk.model(&name, &dish)))
}

fn names<'a>(dish: &'a Dish<'_>) -> impl Iterator<Item = Cow<'a, str>> {
    let own = Cow::Owned(dish.offer.model.to_string());
    std::iter::once(own).chain(dish.offer.aliases.iter().map(|alias| Cow::Borrowed(alias.as_str())))
}

impl Sdk {
    fn model(self, name: &str, Dish { offer, facts, .. }: &Dish<'_>) -> Value {
        match self {
            Self::OpenAi => json!({
                "id": name, "object": "model", "created": CREATED.millis() / 1_000, "owned_by": offer.model.provider,
            }),
            Self::Anthropic => json!({
                "type": "model", "id": name, "display_name": label(offer, *facts), "created_at": CREATED,
            }),
        }
    }
}
