//! What `turns` serves, for the contract.

use serde_json::json;
use shared::http::TurnReply;
use shared::http::contract::{Contract, get, post};

pub fn contract() -> Contract {
    Contract::of(
        "turns",
        "A turn is one question and everything until its answer ends.",
        [
            get("/turns/{turn}", "readTurn", "A turn as it stands").gives::<TurnReply>(200, "The turn."),
            post("/turns/{turn}/cancel", "cancelTurn", "Stop a turn")
                .gives::<TurnReply>(200, "The turn as it stands then: cancelled, or how it had ended before."),
            post("/api/chat/{session}/stop", "stopChat", "Stop what a chat of the AI SDK is being told")
                .in_path("session", "The chat.", &json!({ "type": "string", "minLength": 1 }))
                .never("404")
                .gives_nothing(204, "Nothing is being told there."),
        ],
    )
}
