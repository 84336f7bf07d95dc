//! What `__name__` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, post};

use crate::create::{__Type__Body, __Type__Reply};

pub fn contract() -> Contract {
    let create = post("/__name__", "create__Type__", "Give a text back")
        .takes::<__Type__Body>(&json!({ "text": "Well done." }))
        .gives::<__Type__Reply>(200, "The text.");
    Contract::of("__name__", "Texts that come back.", [create])
}
