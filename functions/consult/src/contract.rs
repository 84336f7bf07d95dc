//! What `consult` serves, for the contract.

mod agui;
mod bodies;
mod compat;
mod hosted;
mod replies;
mod responses;
mod shapes;

use serde_json::json;
use shared::http::TurnReply;
use shared::http::contract::tag::{self, Tag};
use shared::http::contract::{Contract, Param, Route, after, dialect, get, idempotency_key, last_event_id, post};
use shared::wire::agui::RunBody;

use crate::ask::AskBody;
use crate::decide::{ApprovalBody, OutcomeBody};

pub fn contract() -> Contract {
    let tag = Tag::new("consult", "Ask questions, and stream their answers.");
    let contract = Contract::of(tag, ours()).and(compat::contract()).and(Contract::of(tag::BAID, of_baid()));
    replies::describe(bodies::describe(contract))
}

fn ours() -> Vec<Route> {
    let call = |about: &str| Param::path("call", about, &json!({ "$ref": "#/components/schemas/Id" }));
    vec![
        answers(post("/consult", "consult", "Ask a question"))
            .about(
                "The answer streams as server-sent events; with `\"stream\": false` the reply is the whole turn. With \
                 `?dialect=agui` the body is an AG-UI `Run` (docs.ag-ui.com), otherwise an `Ask`.",
            )
            .param(idempotency_key())
            .param(session_id())
            .takes_one_of::<AskBody, RunBody>(&json!({ "text": "Which of our two offers should we take?" }))
            .or_takes("whole", &json!({ "text": "Which of our two offers should we take?", "stream": false }))
            .refuses(["404"]),
        streams(get("/turns/{turn}/stream", "streamTurn", "Resume the stream of a turn"))
            .about("The stream goes on after any position of the answer, on any machine.")
            .param(after())
            .param(last_event_id())
            .gives_nothing(204, "Nothing is left to stream."),
        answers(post("/turns/{turn}/approvals/{call}", "approveCall", "Approve or reject a tool call"))
            .about("The turn waits for its user's decision on this call; the reply goes on with it.")
            .param(call("The id of the call that needs approval."))
            .takes::<ApprovalBody>(&json!({ "approved": true })),
        answers(post("/turns/{turn}/outcomes/{call}", "submitOutcome", "Submit the outcome of a client's tool call"))
            .about("The turn waits for what the client's tool returned; the reply goes on with it.")
            .param(call("The id of the call that the client runs."))
            .takes::<OutcomeBody>(&json!({ "content": "The second offer costs 20 percent less." })),
    ]
}

fn of_baid() -> Vec<Route> {
    vec![
        answers(post("/api/consult", "baidConsult", "Ask a question, answered in blocks"))
            .about("The same as `POST /consult`, with `blocks` as the default dialect.")
            .param(idempotency_key())
            .param(session_id())
            .takes::<AskBody>(&json!({ "prompt": "Which of our two offers should we take?" }))
            .refuses(["404"]),
    ]
}

/// A turn in any dialect; whole, where the body says `"stream": false`.
fn answers(route: Route) -> Route {
    streams(route)
        .gives::<TurnReply>(200, "")
        .leads_to("getTurn", "turn", "$response.body#/id")
        .leads_to("cancelTurn", "turn", "$response.body#/id")
        .leads_to("streamTurn", "turn", "$response.body#/id")
        .leads_to("getSession", "session", "$response.header.X-Session-Id")
        .refuses(["409"])
}

fn streams(route: Route) -> Route {
    let about = "The answer. The `id` of a server-sent event is its position.";
    named(route.param(dialect()).gives_events(200, about).gives_text(200, about, "text/plain"))
}

/// What an answer's headers name before it begins.
fn named(route: Route) -> Route {
    route.with_header("Location", "The turn: `/turns/{turn}`.").with_header("X-Session-Id", "The session's id.")
}

fn session_id() -> Param {
    let about = "BAID's plug-in names its session here; the session begins if there is none.";
    Param::header("session_id", about, &json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{0,64}$" }))
}
