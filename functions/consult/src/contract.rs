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
use shared::http::contract::{Contract, Param, Route, after, dialect, get, idempotency_key, last_event_id, post};
use shared::wire::agui::RunBody;

use crate::ask::AskBody;
use crate::decide::{ApprovalBody, OutcomeBody};

pub fn contract() -> Contract {
    let routes = ours().into_iter().chain(compat::routes());
    let contract = Contract::of("consult", "Questions and their answers.", routes);
    replies::describe(bodies::describe(contract))
}

fn ours() -> Vec<Route> {
    vec![
        answers(post("/consult", "consult", "Ask; the answer comes as it is written"))
            .about("With `?dialect=agui` the body is a `Run` (docs.ag-ui.com), otherwise an `Ask`.")
            .param(idempotency_key())
            .param(session_id())
            .takes_one_of::<AskBody, RunBody>(&json!({ "text": "What time is it?" }))
            .refuses(["404"]),
        streams(get("/turns/{turn}/stream", "followTurn", "Come back to an answer, from any position on"))
            .param(after())
            .param(last_event_id())
            .gives_nothing(204, "Nothing is left to be told."),
        answers(post("/turns/{turn}/approvals/{call}", "approveCall", "Allow a call, or not; the turn goes on"))
            .takes::<ApprovalBody>(&json!({ "approved": true })),
        answers(post("/turns/{turn}/outcomes/{call}", "reportOutcome", "Say what came of a call; the turn goes on"))
            .takes::<OutcomeBody>(&json!({ "content": "21 degrees" })),
        answers(post("/api/consult", "consultForBlocks", "The same as `POST /consult`, in blocks for BAID's plug-in"))
            .param(idempotency_key())
            .param(session_id())
            .takes::<AskBody>(&json!({ "prompt": "What time is it?" }))
            .refuses(["404"]),
    ]
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
    named(route.param(dialect()).gives_events(200, about).gives_text(200, about, "text/plain"))
}

/// What an answer says of itself before it begins.
fn named(route: Route) -> Route {
    route.with_header("Location", "The turn: `/turns/{turn}`.").with_header("X-Session-Id", "The session.")
}

fn session_id() -> Param {
    let about = "With a `prompt`: the session to go on with, which begins if there is none.";
    Param::header("session_id", about, &json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{0,64}$" }))
}
