//! What `health` serves, for the contract.

use serde_json::{Value, json};
use shared::http::contract::{Contract, get};

pub fn contract() -> Contract {
    let document = || json!({ "type": "object", "required": ["openapi", "paths"] });
    Contract::of(
        "health",
        "Whether we live and can work, and what can be asked.",
        [
            get("/", "welcome", "Who answers here").open().gives_json(
                200,
                "A welcome.",
                &texts(&["name", "version", "message"]),
            ),
            get("/health", "health", "Alive").open().gives_json(
                200,
                "Alive; nothing was asked.",
                &texts(&["status", "version"]),
            ),
            get("/ready", "ready", "Able to work").open().gives_json(
                200,
                "The store can be reached.",
                &json!({ "type": "object", "required": ["status", "checks"] }),
            ),
            get("/openapi.json", "contract", "This document").open().gives_json(200, "OpenAPI 3.1.", &document()),
            get("/api/v1/openapi.json", "contractOfOld", "This document, where the Conversation API had it")
                .open()
                .gives_json(200, "OpenAPI 3.1.", &document()),
            get("/docs", "docs", "This document as a page").open().gives_text(200, "A page.", "text/html"),
        ],
    )
}

fn texts(names: &[&str]) -> Value {
    let members: Value = names.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    json!({ "type": "object", "properties": members, "required": names })
}
