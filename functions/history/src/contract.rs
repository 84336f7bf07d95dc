//! What `history` serves, for the contract.

use serde_json::json;
use shared::domain::Message;
use shared::http::DoneReply;
use shared::http::contract::tag::{self, Tag};
use shared::http::contract::{Contract, Param, Route, cursor, delete, email, get, limit, number, offset, uuid};
use shared::wire::conversation_api::MessageReply;

use crate::{baid, meai};

pub fn contract() -> Contract {
    Contract::of(Tag::new("history", "The messages of a session."), ours())
        .and(Contract::of(tag::BAID, of_baid()))
        .and(Contract::of(tag::MEAI, of_meai()))
        .and(Contract::of(tag::CONVERSATION_API, of_conversation_api()))
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

fn of_baid() -> Vec<Route> {
    vec![
        get("/history/{email}/{session}", "baidListMessages", "List the messages of a session")
            .param(email("email"))
            .gives::<baid::HistoryReply>(200, "The newest thousand, oldest first."),
    ]
}

fn of_meai() -> Vec<Route> {
    vec![
        get("/conversations/{session}/messages", "meaiListMessages", "List the messages of a conversation")
            .param(number("session"))
            .gives::<meai::MeaiMessagesReply>(200, "The newest thousand, oldest first."),
        delete("/conversations/{session}/messages/{message}", "meaiDeleteMessage", "Delete a message")
            .param(number("session"))
            .gives::<DoneReply>(200, "The message is deleted."),
    ]
}

fn of_conversation_api() -> Vec<Route> {
    let path = "/api/v1/conversations/{conversation}/messages";
    vec![
        get(path, "listConversationMessages", "List the messages of a conversation")
            .param(uuid("conversation"))
            .param(limit(50))
            .param(offset())
            .gives_list_of::<MessageReply>("Oldest first.")
            .refuses(["422"]),
    ]
}
