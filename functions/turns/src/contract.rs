//! What `turns` serves, for the contract.

use shared::http::TurnReply;
use shared::http::contract::tag::{self, Tag};
use shared::http::contract::{Contract, chat, get, post};

pub fn contract() -> Contract {
    let ours = [
        get("/turns/{turn}", "getTurn", "Get a turn").gives::<TurnReply>(200, "The turn as it stands."),
        post("/turns/{turn}/cancel", "cancelTurn", "Cancel a turn")
            .gives::<TurnReply>(200, "The turn: cancelled, or as it had ended before."),
    ];
    let chats = [post("/api/chat/{session}/stop", "stopChat", "Stop the open answer of a chat")
        .param(chat())
        .never("404")
        .gives_nothing(204, "No answer is open in this chat.")];
    let tag = Tag::new("turns", "A turn is one question and everything until its answer ends.");
    Contract::of(tag, ours).and(Contract::of(tag::AI_SDK, chats))
}
