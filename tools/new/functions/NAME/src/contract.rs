//! What `__name__` serves, for the contract.

use serde_json::json;
use shared::http::contract::tag::Tag;
use shared::http::contract::{Contract, post};

use crate::create::{__Type__Body, __Type__Reply};

pub fn contract() -> Contract {
    // `make openapi` sends the example, and writes its reply into the contract.
    let create = post("/__name__", "create__Type__", "Send a text, and get it back")
        .takes::<__Type__Body>(&json!({ "text": "Well done." }))
        .gives::<__Type__Reply>(200, "The text.");
    Contract::of(Tag::new("__name__", "Texts that come back."), [create])
}
