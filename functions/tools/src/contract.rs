//! What `tools` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, get, post};

use crate::{CallBody, CallReply, ToolReply};

pub fn contract() -> Contract {
    Contract::of(
        "tools",
        "What a model may call.",
        [
            get("/tools", "listTools", "Which tools there are").gives_page_of::<ToolReply>("All of them.").leads_to(
                "callTool",
                "tool",
                "$response.body#/data/0/name",
            ),
            post("/tools/{tool}", "callTool", "Call a tool oneself")
                .about("What its arguments are is told by `GET /tools`.")
                .takes::<CallBody>(&json!({ "arguments": {} }))
                .gives::<CallReply>(200, "What came of it.")
                .refuses(["502"]),
        ],
    )
}
