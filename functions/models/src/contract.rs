//! What `models` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, get};

use crate::{ModelReply, NamesReply, sdk};

pub fn contract() -> Contract {
    let name = json!({ "type": "string", "minLength": 1 });
    let routes = [
        get("/models", "listModels", "Which models can be asked, what they can do and what they cost")
            .gives_page_of::<ModelReply>("All of them."),
        get("/v1/models", "listSdkModels", "The same, as OpenAI or Anthropic lists models")
            .of_both_sdks()
            .gives::<sdk::SdkModelsReply>(200, "All of them, under each of their names."),
        get("/v1/models/{model}", "readSdkModel", "One of them")
            .of_both_sdks()
            .in_path("model", "By any of its names; a slash in it is one.", &name)
            .gives::<sdk::ModelReply>(200, "The model."),
        get("/api/v1/usage/models", "listModelNames", "The same, in the Conversation API's words")
            .gives::<NamesReply>(200, "All of them."),
    ];
    Contract::of("models", "Who answers.", routes)
}
