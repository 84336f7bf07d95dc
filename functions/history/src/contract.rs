//! What `history` serves, for the contract.

use serde_json::json;
use shared::domain::Message;
use shared::http::contract::tag::Tag;
use shared::http::contract::{Contract, Param, Route, cursor, delete, get, limit};

use crate::replaced;

pub fn contract() -> Contract {
    Contract::of(Tag::new("history", "The messages of a session."), ours()).and(replaced::contract())
}

fn ours() -> Vec<Route> {
    let order = json!({ "type": "string", "enum": ["asc", "desc"], "default": "asc" });
    vec![
        get("/sessions/{session}/messages", "listMessages", "List the messages of a session")
            .param(limit(20))
            .param(cursor())
            .param(Param::query("order", "`asc`: oldest first; `desc`: newest first.", &order).example("desc"))
            .gives_page_of::<Message>("A page of messages; an answer is one as soon as it has ended.")
            .refuses(["422"]),
        delete("/sessions/{session}/messages/{message}", "deleteMessage", "Delete a message")
            .gives_nothing(204, "The message is deleted."),
    ]
}
