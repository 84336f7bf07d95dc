//! What `tools` serves, for the contract.

use serde_json::json;
use shared::http::contract::tag::Tag;
use shared::http::contract::{Contract, Param, get, post};

use crate::{CallBody, CallReply, ToolReply, replaced};

pub fn contract() -> Contract {
    let tool = Param::path("tool", "The tool's name.", &json!({ "$ref": "#/components/schemas/Id" }));
    let ours = [
        get("/tools", "listTools", "List the tools that a model may call")
            .gives_page_of::<ToolReply>("All tools, with the schemas of their arguments.")
            .leads_to("callTool", "tool", "$response.body#/data/0/name"),
        post("/tools/{tool}", "callTool", "Call a tool")
            .about("`GET /tools` has the schema of each tool's arguments.")
            .param(tool.example("now"))
            .takes::<CallBody>(&json!({ "arguments": {} }))
            .gives::<CallReply>(200, "The tool's result.")
            .refuses(["502"]),
    ];
    Contract::of(Tag::new("tools", "The tools that a model may call."), ours).and(replaced::contract())
}
