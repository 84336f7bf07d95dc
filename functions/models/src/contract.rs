//! What `models` serves, for the contract.

use serde_json::json;
use shared::http::contract::tag::{self, Tag};
use shared::http::contract::{Contract, Param, get};

use crate::{ModelReply, replaced, sdk};

pub fn contract() -> Contract {
    let name = json!({ "type": "string", "minLength": 1 });
    let model = Param::path("model", "Any of the model's names; slashes belong to it.", &name);
    let ours = [get("/models", "listModels", "List the models, what they can do and what they cost")
        .gives_page_of::<ModelReply>("All models that can be asked.")];
    let sdks = [
        get("/v1/models", "listSdkModels", "List models (OpenAI's or Anthropic's shape)")
            .of_both_sdks()
            .gives::<sdk::SdkModelsReply>(200, "All models, under each of their names."),
        get("/v1/models/{model}", "getSdkModel", "Get a model (OpenAI's or Anthropic's shape)")
            .of_both_sdks()
            .param(model.example("openai:gpt-5-mini"))
            .gives::<sdk::ModelReply>(200, "The model."),
    ];
    Contract::of(Tag::new("models", "The models that can be asked."), ours)
        .and(Contract::of(tag::OPENAI, sdks))
        .and(replaced::contract())
}
