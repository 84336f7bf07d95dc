//! A remote tool that its provider runs only when its user has allowed it.

use serde_json::{Value, json};
use shared::testing::{Actor, AskedTurn, Cassettes, text_of};

use super::{parts, recorded, start, world};

async fn ask(ada: &Actor) -> (String, String) {
    let server = json!({ "type": "mcp", "server_label": "dice", "server_url": "https://dice.example/sse" });
    let turn = ada.consult(json!({ "text": "Roll!", "tools": [server] })).await;
    let (id, session) = (turn.id.clone(), turn.session.clone());
    let asks = turn.frames().await.iter().any(|frame| frame.data.contains(r#""type":"tool-approval-request""#));
    assert!(asks, "its user is asked");
    (id, session)
}

async fn decide(ada: &Actor, turn: &str, body: Value) -> AskedTurn {
    AskedTurn::of(ada.post(&format!("/turns/{turn}/approvals/mcpr_1"), body).await).await
}

#[tokio::test]
async fn a_remote_call_waits_for_leave_and_then_its_provider_runs_it() {
    let (world, openai) = (world().await, Cassettes::start(recorded("remote-mcp-after-approval")).await);
    openai.then(recorded("remote-mcp-that-asks-for-approval"));
    let (server, other) = (start(&world, &openai).await, start(&world, &openai).await);
    let ada = server.actor("ada").await;
    let (turn, session) = ask(&ada).await;
    let waiting = ada.read(&format!("/turns/{turn}")).await;
    assert_eq!(waiting["waits_for"], json!([{ "call": "mcpr_1", "need": "approval" }]));

    let rest = decide(&ada.at(&other), &turn, json!({ "approved": true })).await.frames().await;

    assert_eq!(text_of(&rest), "A four.");
    let calls = openai.calls();
    let input = calls[1].body["input"].as_array().unwrap();
    let yes = json!({ "type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": true });
    assert_eq!(input[input.len() - 2]["type"], "mcp_approval_request");
    assert_eq!(input.last(), Some(&yes));
    let asked_for = |call: usize| calls[call].body["tools"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(asked_for(0), asked_for(1), "a turn that waits goes on with its tools");
    assert_eq!(asked_for(0)["require_approval"], "always");
    let answer = &ada.history(&session).await[1];
    let results = parts(answer, "tool_result");
    assert_eq!(results.last().unwrap()["outcome"]["content"], "4");
}

#[tokio::test]
async fn a_remote_call_that_is_not_allowed_is_not_run_and_the_model_hears_why() {
    let (world, openai) = (world().await, Cassettes::start(recorded("a-plain-answer")).await);
    openai.then(recorded("remote-mcp-that-asks-for-approval"));
    let server = start(&world, &openai).await;
    let ada = server.actor("ada").await;
    let (turn, _) = ask(&ada).await;

    decide(&ada, &turn, json!({ "approved": false, "reason": "Not now." })).await.frames().await;

    let calls = openai.calls();
    let told = calls[1].body["input"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&told["type"], &told["approve"]), (&json!("mcp_approval_response"), &json!(false)));
    assert!(told["reason"].as_str().unwrap().contains("Not now."), "{told}");
}
