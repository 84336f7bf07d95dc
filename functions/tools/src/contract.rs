//! What `tools` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, Param, get, post};

use crate::{CallBody, CallReply, ToolReply};

pub fn contract() -> Contract {
    let unit = json!({ "type": "string", "enum": ["celsius", "fahrenheit"] });
    let object = |name: &str, kind: &str| json!({ "type": "object", "properties": { name: { "type": kind } }, "required": [name] });
    let (temperature, joke) = (object("temperature", "number"), object("joke", "string"));
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
            get("/api/functions/get_weather", "getWeather", "The weather, for the browser of OpenAI's starter app")
                .param(Param::query("location", "Where.", &json!({ "type": "string" })).example("Graz"))
                .param(Param::query("unit", "celsius without.", &unit))
                .gives_json(200, "The temperature there.", &temperature)
                .refuses(["404", "502"]),
            get("/api/functions/get_joke", "getJoke", "A joke, for the same")
                .gives_json(200, "A joke.", &joke)
                .refuses(["502"]),
        ],
    )
}
