//! What `sessions` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, cursor, delete, get, limit, patch, post};

use crate::change::{ChangeBody, CreateBody};
use crate::reply::SessionReply;

pub fn contract() -> Contract {
    let routes = [
        get("/sessions", "listSessions", "My sessions, newest activity first")
            .param(limit())
            .param(cursor())
            .gives_page_of::<SessionReply>("A page of them.")
            .refuses(["422"]),
        post("/sessions", "createSession", "Begin a session")
            .takes::<CreateBody>(&json!({ "title": "Rust" }))
            .gives::<SessionReply>(201, "The session.")
            .with_header("Location", "Where it is.")
            .leads_to("readSession", "session", "$response.body#/id")
            .leads_to("changeSession", "session", "$response.body#/id")
            .leads_to("deleteSession", "session", "$response.body#/id")
            .leads_to("listMessages", "session", "$response.body#/id")
            .refuses(["409"]),
        get("/sessions/{session}", "readSession", "One session").gives::<SessionReply>(200, "The session."),
        patch("/sessions/{session}", "changeSession", "Rename a session, or tell its model what to be")
            .takes::<ChangeBody>(&json!({ "title": "More Rust" }))
            .gives::<SessionReply>(200, "The session as it is now."),
        delete("/sessions/{session}", "deleteSession", "Delete a session with all that was said in it")
            .gives_nothing(204, "It is gone.")
            .refuses(["409"]),
    ];
    // A title, or a prompt, which may be null.
    let title = json!({ "required": ["title"], "properties": { "title": { "type": "string" } } });
    let says_something = json!({ "anyOf": [title, { "required": ["system_prompt"] }] });
    Contract::of("sessions", "Conversations.", routes).also("SessionChange", &says_something)
}
