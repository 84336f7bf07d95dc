//! What `sessions` serves, for the contract.

use serde_json::json;
use shared::http::contract::tag::Tag;
use shared::http::contract::{Contract, Route, cursor, delete, get, limit, patch, post};

use crate::change::{ChangeBody, CreateBody};
use crate::replaced;
use crate::reply::SessionReply;

pub fn contract() -> Contract {
    // A title, or a prompt, which may be null.
    let title = json!({ "required": ["title"], "properties": { "title": { "type": "string" } } });
    let says_something = json!({ "anyOf": [title, { "required": ["system_prompt"] }] });
    Contract::of(Tag::new("sessions", "A session is a conversation: turns, one after the other."), ours())
        .also("SessionChange", &says_something)
        .and(replaced::contract())
}

fn ours() -> Vec<Route> {
    let id = "$response.body#/id";
    vec![
        get("/sessions", "listSessions", "List the user's sessions")
            .param(limit(20))
            .param(cursor())
            .gives_page_of::<SessionReply>("A page of sessions, newest activity first.")
            .refuses(["422"]),
        post("/sessions", "createSession", "Create a session")
            .takes::<CreateBody>(&json!({ "title": "The two offers" }))
            .gives::<SessionReply>(201, "The session.")
            .with_header("Location", "The session: `/sessions/{session}`.")
            .leads_to("getSession", "session", id)
            .leads_to("updateSession", "session", id)
            .leads_to("deleteSession", "session", id)
            .leads_to("listMessages", "session", id)
            .refuses(["409"]),
        replaced::or_by_email(get("/sessions/{session}", "getSession", "Get a session")),
        patch("/sessions/{session}", "updateSession", "Update a session's title or system prompt")
            .takes::<ChangeBody>(&json!({ "title": "The two offers, decided" }))
            .gives::<SessionReply>(200, "The session with its changes."),
        delete("/sessions/{session}", "deleteSession", "Delete a session with its messages")
            .gives_nothing(204, "The session is deleted.")
            .refuses(["409"]),
    ]
}
