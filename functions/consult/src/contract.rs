//! What `consult` serves, for the contract.

use serde_json::{Value, json};
use shared::http::TurnReply;
use shared::http::contract::{Contract, Route, after, again, dialect, get, last_event_id, post};
use shared::wire::anthropic::MessagesBody;

use crate::ask::AskBody;
use crate::decide::{ApprovalBody, OutcomeBody};

pub fn contract() -> Contract {
    let routes = [
        answers(post("/consult", "consult", "Ask; the answer comes as it is written"))
            .about("With `?dialect=agui` the body is AG-UI's, which docs.ag-ui.com tells.")
            .param(again())
            .takes::<AskBody>(&json!({ "text": "What time is it?" }))
            .refuses(["404"]),
        streams(get("/turns/{turn}/stream", "followTurn", "Come back to an answer, from any position on"))
            .param(after())
            .param(last_event_id())
            .gives_nothing(204, "Nothing is left to be told."),
        answers(post("/turns/{turn}/approvals/{call}", "approveCall", "Allow a call, or not; the turn goes on"))
            .takes::<ApprovalBody>(&json!({ "approved": true })),
        answers(post("/turns/{turn}/outcomes/{call}", "reportOutcome", "Say what came of a call; the turn goes on"))
            .takes::<OutcomeBody>(&json!({ "content": "21 degrees" })),
        post("/v1/messages", "anthropicMessages", "Anthropic's Messages API")
            .param(again())
            .takes::<MessagesBody>(&json!({
                "model": "openai:gpt-5-mini", "max_tokens": 1024, "messages": [{ "role": "user", "content": "Hello!" }]
            }))
            .gives_json(
                200,
                "A message, or its events.",
                &json!({ "type": "object", "required": ["id", "type", "content"] }),
            )
            .gives_events(200, "")
            .refuses(["404", "409", "502"]),
    ];
    Contract::of("consult", "Questions and their answers.", routes)
        .also("Ask", &text_or_parts())
        .also("AskMedia", &data_or_url())
        .also("Outcome", &json!({ "required": ["content"] }))
}

/// A turn in any dialect; whole, where the body says `"stream": false`.
fn answers(route: Route) -> Route {
    streams(route)
        .gives::<TurnReply>(200, "")
        .leads_to("readTurn", "turn", "$response.body#/id")
        .leads_to("cancelTurn", "turn", "$response.body#/id")
        .leads_to("followTurn", "turn", "$response.body#/id")
        .leads_to("readSession", "session", "$response.header.X-Session-Id")
        .refuses(["409"])
}

fn streams(route: Route) -> Route {
    let about = "The answer. As server-sent events each has its position as `id`.";
    route
        .param(dialect())
        .gives_events(200, about)
        .gives_text(200, about, "text/plain")
        .with_header("Location", "The turn: `/turns/{turn}`.")
        .with_header("X-Session-Id", "The session.")
}

/// One of both, and it says something.
fn text_or_parts() -> Value {
    let says = json!({ "type": "string", "pattern": "\\S" });
    let text = json!({ "properties": { "type": { "const": "text" }, "text": says }, "required": ["type", "text"] });
    let stop = json!({ "items": { "minLength": 1, "maxLength": 100 } });
    json!({ "allOf": [{ "properties": { "stop": stop } }], "oneOf": [
        { "properties": { "text": says, "parts": { "type": "null" } }, "required": ["text"] },
        { "properties": { "text": { "type": "null" }, "parts": { "type": "array", "contains": text } }, "required": ["parts"] },
    ] })
}

fn data_or_url() -> Value {
    let four = "[A-Za-z0-9+/]";
    let base64 = format!("^(?:{four}{{4}})*(?:{four}{{4}}|{four}[AQgw]==|{four}{{2}}[AEIMQUYcgkosw048]=)$");
    let data = json!({ "type": "string", "pattern": base64 });
    let url = json!({ "type": "string", "pattern": "^https://", "maxLength": 2000 });
    let none = json!({ "type": "null" });
    json!({ "oneOf": [
        { "properties": { "data": data, "url": none }, "required": ["data"] },
        { "properties": { "data": none, "url": url }, "required": ["url"] },
    ] })
}
