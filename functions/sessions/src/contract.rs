//! What `sessions` serves, for the contract.

use serde_json::json;
use shared::http::DoneReply;
use shared::http::contract::tag::{self, Tag};
use shared::http::contract::{
    Contract, Param, Route, cursor, delete, email, get, limit, number, offset, patch, post, uuid,
};

use crate::change::{ChangeBody, CreateBody};
use crate::reply::SessionReply;
use crate::{baid, conversation_api, meai};

pub fn contract() -> Contract {
    // A title, or a prompt, which may be null.
    let title = json!({ "required": ["title"], "properties": { "title": { "type": "string" } } });
    let says_something = json!({ "anyOf": [title, { "required": ["system_prompt"] }] });
    Contract::of(Tag::new("sessions", "A session is a conversation: turns, one after the other."), ours())
        .also("SessionChange", &says_something)
        .and(Contract::of(tag::BAID, of_baid()))
        .and(Contract::of(tag::MEAI, of_meai()))
        .and(Contract::of(tag::CONVERSATION_API, of_conversation_api()))
}

fn ours() -> Vec<Route> {
    let id = "$response.body#/id";
    let id_or_email = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$|@" });
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
        get("/sessions/{session}", "getSession", "Get a session")
            .about("With the user's e-mail address instead of an id it lists their sessions, for BAID's plug-in.")
            .param(Param::path("session", "The session's id.", &id_or_email))
            .gives_one_of::<SessionReply, baid::BaidSessionsReply>(200, "The session, or all sessions."),
        patch("/sessions/{session}", "updateSession", "Update a session's title or system prompt")
            .takes::<ChangeBody>(&json!({ "title": "The two offers, decided" }))
            .gives::<SessionReply>(200, "The session with its changes."),
        delete("/sessions/{session}", "deleteSession", "Delete a session with its messages")
            .gives_nothing(204, "The session is deleted.")
            .refuses(["409"]),
    ]
}

fn of_baid() -> Vec<Route> {
    vec![
        delete("/sessions/{session}/{second}", "baidDeleteSession", "Delete a session with its messages")
            .param(email("session"))
            .param(Param::path("second", "The session's id.", &json!({ "$ref": "#/components/schemas/Id" })))
            .gives::<DoneReply>(200, "The session is deleted.")
            .refuses(["409"]),
    ]
}

/// Its ids are numbers.
fn of_meai() -> Vec<Route> {
    let id = "$response.body#/conversation_id";
    let numbered = |route: Route| route.param(number("session"));
    vec![
        get("/conversations", "meaiListConversations", "List the user's conversations")
            .gives::<meai::MeaiConversationsReply>(200, "At most a thousand, newest activity first."),
        post("/conversations", "meaiCreateConversation", "Create a conversation")
            .takes::<meai::MeaiCreateBody>(&json!({ "title": "The two offers" }))
            .gives::<meai::MeaiConversationReply>(200, "The conversation.")
            .leads_to("meaiRenameConversation", "session", id)
            .leads_to("meaiDeleteConversation", "session", id)
            .leads_to("meaiListMessages", "session", id),
        numbered(patch("/conversations/{session}", "meaiRenameConversation", "Rename a conversation"))
            .takes::<meai::TitleBody>(&json!({ "title": "The two offers, decided" }))
            .gives::<meai::MeaiConversationReply>(200, "The conversation with its new title."),
        numbered(delete(
            "/conversations/{session}",
            "meaiDeleteConversation",
            "Delete a conversation with its messages",
        ))
        .gives::<DoneReply>(200, "The conversation is deleted.")
        .refuses(["409"]),
    ]
}

/// Its ids are UUIDs.
fn of_conversation_api() -> Vec<Route> {
    use conversation_api::{ConversationChangeBody, ConversationCreateBody, ConversationReply};
    let path = "/api/v1/conversations/{conversation}";
    let anything = json!({ "type": "string", "minLength": 1 });
    vec![
        get("/api/v1/conversations", "listConversations", "List the user's conversations")
            .param(limit(20))
            .param(offset())
            .gives_list_of::<ConversationReply>("Newest activity first.")
            .refuses(["422"]),
        leads_on(
            post("/api/v1/conversations", "createConversation", "Create a conversation")
                .takes::<ConversationCreateBody>(&json!({ "title": "The two offers", "metadata": { "color": "blue" } }))
                .gives::<ConversationReply>(200, "The conversation."),
        ),
        get(path, "getConversation", "Get a conversation")
            .param(uuid("conversation"))
            .gives::<ConversationReply>(200, "The conversation."),
        patch(path, "updateConversation", "Update a conversation")
            .param(uuid("conversation"))
            .takes::<ConversationChangeBody>(&json!({ "title": "The two offers, decided", "is_archived": true }))
            .gives::<ConversationReply>(200, "The conversation with its changes."),
        delete(path, "deleteConversation", "Delete a conversation with its messages")
            .param(Param::path("conversation", "The conversation's id; deleting twice is no error.", &anything))
            .gives::<DoneReply>(200, "The conversation is deleted, or there was none.")
            .never("404")
            .refuses(["409"]),
    ]
}

fn leads_on(route: Route) -> Route {
    let operations = [
        "getConversation",
        "updateConversation",
        "deleteConversation",
        "listConversationMessages",
        "sendConversationMessage",
        "streamConversationMessage",
    ];
    operations.into_iter().fold(route, |route, to| route.leads_to(to, "conversation", "$response.body#/id"))
}
