//! What `history` serves, for the contract.

use serde_json::json;
use shared::domain::Message;
use shared::http::DoneReply;
use shared::http::contract::{Contract, Param, Route, cursor, delete, email, get, limit, number, offset, uuid};
use shared::wire::conversation_api::MessageReply;

use crate::{baid, meai};

pub fn contract() -> Contract {
    let about = "What was said in a session.";
    Contract::of("history", about, ours().into_iter().chain(of_others()))
}

fn ours() -> Vec<Route> {
    let order = json!({ "type": "string", "enum": ["asc", "desc"], "default": "asc" });
    vec![
        get("/sessions/{session}/messages", "listMessages", "The messages of a session")
            .param(limit(20))
            .param(cursor())
            .param(Param::query("order", "asc: oldest first.", &order).example("desc"))
            .gives_page_of::<Message>("A page of them; a live answer is not yet one.")
            .refuses(["422"]),
        delete("/sessions/{session}/messages/{message}", "deleteMessage", "Delete a message")
            .gives_nothing(204, "It is gone."),
    ]
}

fn of_others() -> Vec<Route> {
    vec![
        get("/history/{email}/{session}", "readBaidHistory", "The messages of a session, for BAID's plug-in")
            .in_path("email", "My e-mail address.", &email())
            .gives::<baid::HistoryReply>(200, "The newest thousand, oldest first."),
        get("/conversations/{session}/messages", "listMeAiMessages", "The messages of a session, in meAI's words")
            .in_path("session", "", &number())
            .gives::<meai::MeaiMessagesReply>(200, "The newest thousand, oldest first."),
        delete("/conversations/{session}/messages/{message}", "deleteMeAiMessage", "Delete a message, in meAI's words")
            .in_path("session", "", &number())
            .gives::<DoneReply>(200, "It is gone."),
        get(
            "/api/v1/conversations/{conversation}/messages",
            "listConversationMessages",
            "The messages of a session, in the Conversation API's words",
        )
        .in_path("conversation", "", &uuid())
        .param(limit(50))
        .param(offset())
        .gives_list_of::<MessageReply>("Oldest first.")
        .refuses(["422"]),
    ]
}
