//! What `history` serves, for the contract.

use serde_json::json;
use shared::domain::Message;
use shared::http::contract::{Contract, Param, cursor, delete, get, limit};

pub fn contract() -> Contract {
    let order = json!({ "type": "string", "enum": ["asc", "desc"], "default": "asc" });
    Contract::of(
        "history",
        "What was said in a session.",
        [
            get("/sessions/{session}/messages", "listMessages", "The messages of a session")
                .param(limit())
                .param(cursor())
                .param(Param::query("order", "asc: oldest first.", &order).example("desc"))
                .gives_page_of::<Message>("A page of them; a live answer is not yet one.")
                .refuses(["422"]),
            delete("/sessions/{session}/messages/{message}", "deleteMessage", "Delete a message")
                .gives_nothing(204, "It is gone."),
        ],
    )
}
