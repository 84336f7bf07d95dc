//! What `models` serves, for the contract.

use shared::http::contract::{Contract, get};

use crate::ModelReply;

pub fn contract() -> Contract {
    let list = get("/models", "listModels", "Which models can be asked, what they can do and what they cost");
    Contract::of("models", "Who answers.", [list.gives_page_of::<ModelReply>("All of them.")])
}
