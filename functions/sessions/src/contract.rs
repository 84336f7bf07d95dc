//! What `sessions` serves, for the contract.

use serde_json::json;
use shared::http::DoneReply;
use shared::http::contract::{Contract, Route, cursor, delete, email, get, limit, number, offset, patch, post, uuid};

use crate::change::{ChangeBody, CreateBody};
use crate::reply::SessionReply;
use crate::{baid, conversation_api, meai};

pub fn contract() -> Contract {
    // A title, or a prompt, which may be null.
    let title = json!({ "required": ["title"], "properties": { "title": { "type": "string" } } });
    let says_something = json!({ "anyOf": [title, { "required": ["system_prompt"] }] });
    let routes = ours().into_iter().chain(of_meai()).chain(of_conversation_api());
    Contract::of("sessions", "Conversations.", routes).also("SessionChange", &says_something)
}

fn ours() -> Vec<Route> {
    let id_or_email = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$|@" });
    vec![
        get("/sessions", "listSessions", "My sessions, newest activity first")
            .param(limit(20))
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
        get("/sessions/{session}", "readSession", "One session; or my sessions, for BAID's plug-in")
            .in_path("session", "A session, or my e-mail address.", &id_or_email)
            .gives_one_of::<SessionReply, baid::BaidSessionsReply>(200, "The session, or all of mine."),
        patch("/sessions/{session}", "changeSession", "Rename a session, or tell its model what to be")
            .takes::<ChangeBody>(&json!({ "title": "More Rust" }))
            .gives::<SessionReply>(200, "The session as it is now."),
        delete("/sessions/{session}", "deleteSession", "Delete a session with all that was said in it")
            .gives_nothing(204, "It is gone.")
            .refuses(["409"]),
        delete("/sessions/{session}/{second}", "deleteBaidSession", "The same, for BAID's plug-in")
            .in_path("session", "My e-mail address.", &email())
            .gives::<DoneReply>(200, "It is gone.")
            .refuses(["409"]),
    ]
}

/// Its ids are numbers.
fn of_meai() -> Vec<Route> {
    let id = "$response.body#/conversation_id";
    let numbered = |route: Route| route.in_path("session", "", &number());
    vec![
        get("/conversations", "listMeAiConversations", "My sessions, in meAI's words")
            .gives::<meai::MeaiConversationsReply>(200, "At most a thousand, newest activity first."),
        post("/conversations", "createMeAiConversation", "Begin a session, in meAI's words")
            .takes::<meai::MeaiCreateBody>(&json!({ "title": "Rust" }))
            .gives::<meai::MeaiConversationReply>(200, "The session.")
            .leads_to("renameMeAiConversation", "session", id)
            .leads_to("deleteMeAiConversation", "session", id)
            .leads_to("listMeAiMessages", "session", id),
        numbered(patch("/conversations/{session}", "renameMeAiConversation", "Rename a session, in meAI's words"))
            .takes::<meai::TitleBody>(&json!({ "title": "More Rust" }))
            .gives::<meai::MeaiConversationReply>(200, "The session as it is now."),
        numbered(delete("/conversations/{session}", "deleteMeAiConversation", "Delete a session, in meAI's words"))
            .gives::<DoneReply>(200, "It is gone.")
            .refuses(["409"]),
    ]
}

/// Its ids are UUIDs.
fn of_conversation_api() -> Vec<Route> {
    use conversation_api::{ConversationChangeBody, ConversationCreateBody, ConversationReply};
    let id = "$response.body#/id";
    let named = |route: Route| route.in_path("conversation", "", &uuid());
    vec![
        get("/api/v1/conversations", "listConversations", "My sessions, in the Conversation API's words")
            .param(limit(20))
            .param(offset())
            .gives_list_of::<ConversationReply>("Newest activity first.")
            .refuses(["422"]),
        post("/api/v1/conversations", "createConversation", "Begin a session, in the Conversation API's words")
            .takes::<ConversationCreateBody>(&json!({ "title": "Rust", "metadata": { "color": "blue" } }))
            .gives::<ConversationReply>(200, "The session.")
            .leads_to("readConversation", "conversation", id)
            .leads_to("changeConversation", "conversation", id)
            .leads_to("deleteConversation", "conversation", id)
            .leads_to("listConversationMessages", "conversation", id)
            .leads_to("sayInConversation", "conversation", id)
            .leads_to("sayInConversationStreamed", "conversation", id),
        named(get(
            "/api/v1/conversations/{conversation}",
            "readConversation",
            "One session, in the Conversation API's words",
        ))
        .gives::<ConversationReply>(200, "The session."),
        named(patch(
            "/api/v1/conversations/{conversation}",
            "changeConversation",
            "Change a session, in the same words",
        ))
        .takes::<ConversationChangeBody>(&json!({ "title": "More Rust", "is_archived": true }))
        .gives::<ConversationReply>(200, "The session as it is now."),
        delete("/api/v1/conversations/{conversation}", "deleteConversation", "Delete a session, in the same words")
            .in_path("conversation", "What names none is gone already.", &json!({ "type": "string", "minLength": 1 }))
            .gives::<DoneReply>(200, "It is gone, or was not there.")
            .never("404")
            .refuses(["409"]),
    ]
}
