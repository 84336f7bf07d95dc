//! The same for SDKs: as `OpenAI` lists models (<https://platform.openai.com/docs/api-reference/models>), or as
//! Anthropic does (<https://docs.anthropic.com/en/api/models-list>) for those who say that they are its clients. Both
//! use one path.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Serialize;
use shared::app::App;
use shared::domain::Timestamp;
use shared::error::Result;
use shared::http::{Caller, Path};
use shared::llm::{ListedModel, Offers, facts};
use utoipa::ToSchema;

use crate::label;

/// We do not know since when there is a model; both want a time.
const CREATED: Timestamp = Timestamp::from_millis(0);

/// In whose shape.
#[derive(Clone, Copy)]
pub(crate) enum Sdk {
    OpenAi,
    Anthropic,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SdkModel)]
pub(crate) enum ModelReply {
    OpenAi { id: String, object: &'static str, created: i64, owned_by: String },
    Anthropic { r#type: &'static str, id: String, display_name: String, created_at: Timestamp },
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SdkModels)]
pub(crate) enum SdkModelsReply {
    OpenAi {
        object: &'static str,
        data: Vec<ModelReply>,
    },
    Anthropic {
        data: Vec<ModelReply>,
        has_more: bool,
        #[schema(required)]
        first_id: Option<String>,
        #[schema(required)]
        last_id: Option<String>,
    },
}

impl<S: Sync> FromRequestParts<S> for Sdk {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let is_anthropic = parts.headers.contains_key("anthropic-version");
        Ok(if is_anthropic { Self::Anthropic } else { Self::OpenAi })
    }
}

/// All at once, under each name that a question may say.
pub(crate) async fn list(State(app): State<App>, _caller: Caller, sdk: Sdk) -> Json<SdkModelsReply> {
    let offers = Offers::of(&app.config.llm).list();
    let named = || offers.iter().flat_map(|model| names(model).map(move |name| (name, model)));
    let data = named().map(|(name, model)| sdk.model(&name, model)).collect();
    let id = |named: Option<(Cow<'_, str>, _)>| named.map(|(name, _)| name.into_owned());
    Json(match sdk {
        Sdk::OpenAi => SdkModelsReply::OpenAi { object: "list", data },
        Sdk::Anthropic => SdkModelsReply::Anthropic {
            data,
            has_more: false,
            first_id: id(named().next()),
            last_id: id(named().last()),
        },
    })
}

pub(crate) async fn read(
    State(app): State<App>,
    _caller: Caller,
    sdk: Sdk,
    Path(name): Path<String>,
) -> Result<Json<ModelReply>> {
    let offer = Offers::of(&app.config.llm).find(Some(&name))?;
    let model = ListedModel { facts: facts(&offer.model), is_default: false, offer };
    Ok(Json(sdk.model(&name, &model)))
}

fn names<'a>(model: &'a ListedModel<'_>) -> impl Iterator<Item = Cow<'a, str>> {
    let own = Cow::Owned(model.offer.model.to_string());
    std::iter::once(own).chain(model.offer.aliases.iter().map(|alias| Cow::Borrowed(alias.as_str())))
}

impl Sdk {
    fn model(self, name: &str, ListedModel { offer, facts, .. }: &ListedModel<'_>) -> ModelReply {
        let id = name.to_owned();
        match self {
            Self::OpenAi => ModelReply::OpenAi {
                id,
                object: "model",
                created: CREATED.millis() / 1_000,
                owned_by: offer.model.provider.clone(),
            },
            Self::Anthropic => {
                ModelReply::Anthropic { r#type: "model", id, display_name: label(offer, *facts), created_at: CREATED }
            }
        }
    }
}
