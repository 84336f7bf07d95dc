//! What `tools` serves, for the contract.

use serde_json::{Value, json};
use shared::http::contract::tag::{self, Tag};
use shared::http::contract::{Contract, Param, Route, get, post};

use crate::{CallBody, CallReply, ToolReply};

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
    Contract::of(Tag::new("tools", "The tools that a model may call."), ours).and(Contract::of(tag::STARTER, starter()))
}

fn starter() -> Vec<Route> {
    let unit = json!({ "type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius" });
    vec![
        get("/api/functions/get_weather", "starterGetWeather", "Get the weather at a place")
            .param(Param::query("location", "The place.", &json!({ "type": "string" })).example("Graz"))
            .param(Param::query("unit", "The unit of the temperature.", &unit))
            .gives_json(200, "The temperature there.", &object("temperature", "number"))
            .refuses(["404", "502"]),
        get("/api/functions/get_joke", "starterGetJoke", "Get a joke")
            .gives_json(200, "A joke.", &object("joke", "string"))
            .refuses(["502"]),
    ]
}

fn object(name: &str, kind: &str) -> Value {
    json!({ "type": "object", "properties": { name: { "type": kind } }, "required": [name] })
}
