//! A turn waits for its user's approval, or for what its client's tool says, and loses nothing meanwhile.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Actor, AskedTurn, Script, Server, StoreFault, World, endings_of, eventually, problem, text_of};
use tokio::sync::watch;

/// Longer than the lease of these worlds: a turn that waits has no writer to be missed.
const PAST_THE_LEASE: std::time::Duration = std::time::Duration::from_secs(3);

fn open_file() -> Value {
    let parameters = json!({ "type": "object", "properties": { "path": { "type": "string" } } });
    json!({ "name": "open_file", "description": "Reads a file in the editor.", "parameters": parameters })
}

/// The model wants the time, which we tell, and a file, which the client has.
fn wants_a_file() -> Script {
    Script::new()
        .say("Let me look. ")
        .calls_tool("call_time", "now", "{}")
        .calls_tool("call_file", "open_file", r#"{"path":"main.rs"}"#)
        .finish_because("tool_calls")
}

fn wants_the_time() -> Script {
    Script::new().calls_tool("call_time", "now", "{}").finish_because("tool_calls")
}

async fn ask_for_a_file(ada: &Actor) -> (String, String) {
    let turn = ada.consult(json!({ "text": "What does main do?", "tools": [open_file()] })).await;
    let (id, session) = (turn.id.clone(), turn.session.clone());
    assert_eq!(endings_of(&turn.frames().await), ["finish"]);
    (id, session)
}

async fn report(ada: &Actor, turn: &str, content: &str) -> Response {
    ada.post(&format!("/turns/{turn}/outcomes/call_file"), json!({ "content": content })).await
}

async fn approve(ada: &Actor, turn: &str, approved: bool) -> Response {
    let body = json!({ "approved": approved, "reason": "Not now." });
    ada.post(&format!("/turns/{turn}/approvals/call_time"), body).await
}

/// What the model read from the tools, in the prompt of this number.
fn outcomes_in(world: &World, call: usize) -> Vec<(String, String)> {
    let body = world.provider.calls()[call].body.clone();
    let messages = body["messages"].as_array().unwrap();
    let results = messages.iter().filter(|message| message["role"] == "tool");
    let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
    results.map(|result| (text(result, "tool_call_id"), text(result, "content"))).collect()
}

async fn cautious(world: &World) -> Server {
    world.start_with(&[("TOOLS_TO_APPROVE", "now")]).await
}

#[tokio::test]
async fn a_turn_waits_for_a_clients_tool_and_goes_on_with_what_it_says() {
    let world = World::with(wants_a_file()).await;
    let (server, other) = (world.start().await, world.start().await);
    let ada = server.actor("ada").await;
    let (turn, session) = ask_for_a_file(&ada).await;

    let waiting = ada.at(&other).read(&format!("/turns/{turn}")).await;
    assert_eq!(waiting["status"], "waiting");
    assert_eq!(waiting["waits_for"], json!([{ "call": "call_file", "need": "outcome" }]));
    assert_eq!(
        ada.transcript(&session).await,
        ["user completed: What does main do?"],
        "an answer comes when it is whole"
    );

    world.provider.then(Script::says("It prints."));
    let reply = report(&ada.at(&other), &turn, "fn main() {}").await;
    let rest = AskedTurn::of(reply).await.frames().await;

    assert_eq!((text_of(&rest).as_str(), endings_of(&rest)), ("It prints.", vec!["finish".to_owned()]));
    let outcomes = outcomes_in(&world, 1);
    assert_eq!(outcomes.iter().map(|(call, _)| call.as_str()).collect::<Vec<_>>(), ["call_time", "call_file"]);
    assert_eq!(outcomes[1].1, "fn main() {}");
    assert_eq!(
        ada.transcript(&session).await,
        ["user completed: What does main do?", "assistant completed: Let me look. It prints."]
    );
    assert_eq!(world.provider.calls().len(), 2);
}

#[tokio::test]
async fn a_waiting_turn_outlives_its_lease_its_process_and_its_readers() {
    let world = World::with(wants_a_file()).await;
    let mut server = world.start().await;
    let ada = server.actor("ada").await;
    let (turn, session) = ask_for_a_file(&ada).await;
    server.process.kill9();
    tokio::time::sleep(PAST_THE_LEASE).await;

    let server = world.start().await;
    let ada = ada.at(&server);
    assert_eq!(ada.read(&format!("/turns/{turn}")).await["status"], "waiting");
    let replayed = AskedTurn::of(ada.resume(&turn, 0).await).await.frames().await;
    assert_eq!((text_of(&replayed).as_str(), endings_of(&replayed)), ("Let me look. ", vec!["finish".to_owned()]));
    let end: u64 = replayed.iter().rev().find_map(|frame| frame.id).expect("a position");
    assert_eq!(ada.resume(&turn, end).await.status(), StatusCode::NO_CONTENT);
    let refused = problem(ada.post("/consult", json!({ "text": "Well?", "session": session })).await).await;
    assert_eq!((&refused["code"], &refused["turn"]), (&json!("turn_open"), &json!(turn)));

    world.provider.then(Script::says("It prints."));
    AskedTurn::of(report(&ada, &turn, "fn main() {}").await).await.text().await;
    let whole = AskedTurn::of(ada.resume(&turn, 0).await).await.frames().await;
    assert_eq!((text_of(&whole).as_str(), endings_of(&whole)), ("Let me look. It prints.", vec!["finish".to_owned()]));
    let rest = AskedTurn::of(ada.resume(&turn, end).await).await.frames().await;
    assert_eq!(text_of(&rest), "It prints.", "whoever comes back after the pause hears the rest, and only that");
}

#[tokio::test]
async fn a_tool_that_needs_leave_runs_when_it_is_given_and_not_when_it_is_not() {
    for (approved, outcome) in [(true, "20"), (false, "The user has not allowed this call. The user says: Not now.")] {
        let world = World::with(wants_the_time()).await;
        let (server, other) = (cautious(&world).await, cautious(&world).await);
        let ada = server.actor("ada").await;
        let turn = ada.ask("What time is it?").await;
        let id = turn.id.clone();
        turn.frames().await;
        let waiting = ada.read(&format!("/turns/{id}")).await;
        assert_eq!(waiting["waits_for"], json!([{ "call": "call_time", "need": "approval" }]));

        world.provider.then(Script::says("As you wish."));
        let text = AskedTurn::of(approve(&ada.at(&other), &id, approved).await).await.text().await;

        assert_eq!(text, "As you wish.");
        let told = outcomes_in(&world, 1);
        assert!(told.len() == 1 && told[0].1.starts_with(outcome), "{told:?}");
    }
}

#[tokio::test]
async fn a_cancelled_wait_is_over_at_once_and_a_decision_comes_too_late() {
    let world = World::with(wants_a_file()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let (turn, session) = ask_for_a_file(&ada).await;

    let cancelled: Value = ada.cancel(&turn).await.json().await.unwrap();

    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(problem(report(&ada, &turn, "late").await).await["code"], "call_not_waiting");
    assert_eq!(world.provider.calls().len(), 1);
    world.provider.then(Script::says("Of course."));
    assert_eq!(ada.ask_in(&session, "Another question?").await.text().await, "Of course.");
    assert!(outcomes_in(&world, 1).iter().all(|(call, _)| call != "call_file"), "no call without its outcome");
}

#[tokio::test]
async fn of_two_answers_at_once_one_goes_on_with_the_turn_and_both_hear_it() {
    let world = World::with(wants_a_file()).await;
    let (server, other) = (world.start().await, world.start_behind_proxy().await);
    let ada = server.actor("ada").await;
    let (turn, _) = ask_for_a_file(&ada).await;
    world.provider.then(Script::says("It prints."));

    // The other machine has seen that the turn waits, and is about to write when somebody is faster.
    world.proxy.set(StoreFault::Freeze.only("PutItem"));
    let (elsewhere, same) = (ada.at(&other), turn.clone());
    let late = tokio::spawn(async move { report(&elsewhere, &same, "fn main() {}").await });
    eventually("the late machine's write", || (world.proxy.count("PutItem") > 0).then_some(())).await;
    let first = AskedTurn::of(report(&ada, &turn, "fn main() {}").await).await.text().await;
    world.proxy.clear();
    let second = AskedTurn::of(late.await.unwrap()).await.text().await;

    assert_eq!((first.as_str(), second.as_str()), ("It prints.", "It prints."));
    assert_eq!(world.provider.calls().len(), 2, "the model is asked once more, not twice");
    assert_eq!(problem(report(&ada, &turn, "something else").await).await["code"], "call_not_waiting");
    let by_its_other_name = format!("/turns/{turn}/outcomes/call_{turn}_call_file");
    let again = ada.post(&by_its_other_name, json!({ "content": "fn main() {}" })).await;
    assert_eq!(AskedTurn::of(again).await.text().await, "It prints.");
    assert_eq!(
        ada.post(&format!("/turns/{turn}/outcomes/call_1_call_file"), json!({ "content": "" })).await.status(),
        404
    );
    assert_eq!(ada.post("/turns/1/outcomes/call_file", json!({ "content": "" })).await.status(), 404);
    assert_eq!(ada.post(&format!("/turns/{turn}/outcomes/nobody"), json!({ "content": "" })).await.status(), 404);
}

#[tokio::test]
async fn an_answer_of_the_wrong_kind_changes_nothing() {
    let world = World::with(wants_a_file()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let (turn, _) = ask_for_a_file(&ada).await;
    let path = format!("/turns/{turn}/approvals/call_file");

    assert_eq!(problem(ada.post(&path, json!({ "approved": true })).await).await["code"], "call_not_waiting");
    assert_eq!(problem(ada.post(&path, json!({ "approved": "yes" })).await).await["status"], 422);
    assert_eq!(problem(report(&ada, &turn, &"x".repeat(60_001)).await).await["errors"][0]["field"], "content");
    assert_eq!(ada.read(&format!("/turns/{turn}")).await["status"], "waiting");

    world.provider.then(Script::says("Long."));
    let longest = "\u{1}".repeat(60_000);
    assert_eq!(
        AskedTurn::of(report(&ada, &turn, &longest).await).await.text().await,
        "Long.",
        "the most that is allowed fits"
    );
}

#[tokio::test]
async fn a_machine_that_dies_after_the_answer_leaves_a_session_whose_next_turn_works() {
    let world = World::with(wants_a_file()).await;
    let mut server = world.start().await;
    let ada = server.actor("ada").await;
    let (turn, session) = ask_for_a_file(&ada).await;
    world.provider.then(Script::new().say("It pr").stalls());
    let mut rest = AskedTurn::of(report(&ada, &turn, "fn main() {}").await).await;
    rest.stream.until("It pr").await;
    ada.logged(&turn, "It pr").await;
    server.process.kill9();

    let server = world.start().await;
    let ada = ada.at(&server);
    assert_eq!(ada.ended(&turn).await["status"], "interrupted");
    world.provider.then(Script::says("Yes."));
    assert_eq!(ada.ask_in(&session, "Does it print?").await.text().await, "Yes.");
    assert_eq!(outcomes_in(&world, 2)[1], ("call_file".to_owned(), "fn main() {}".to_owned()));
}

#[tokio::test]
async fn tools_that_cannot_be_offered_are_refused_before_anything_begins() {
    let world = World::with(Script::says("Never.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for tool in [json!({ "name": "a b", "parameters": {} }), json!({ "name": "a", "parameters": 1 }), json!("now")] {
        let refused = ada.post("/consult", json!({ "text": "Hi", "tools": [tool] })).await;
        assert_eq!(problem(refused).await["status"], 422);
    }
    assert!(world.provider.calls().is_empty());
}

/// A tool of ours is slow, and the client has its own outcome long before the turn says that it waits.
#[tokio::test]
async fn a_client_that_is_faster_than_the_pause_is_heard_and_so_is_the_slow_tool() {
    let (open, opened) = watch::channel(false);
    let services = Loopback::start(move |_| {
        let mut opened = opened.clone();
        async move {
            let _ = opened.wait_for(|open| *open).await;
            Ok(answer(503, "application/json", "{}"))
        }
    })
    .await;
    let script = Script::new()
        .calls_tool("call_weather", "get_weather", r#"{"location":"Graz"}"#)
        .calls_tool("call_file", "open_file", r#"{"path":"main.rs"}"#)
        .finish_because("tool_calls");
    let world = World::with(Script::says("It prints, and I do not know the weather.")).await;
    world.provider.then(script);
    let (store, slow) = (world.proxy.url(), services.url());
    let server = world.start_with(&[("DYNAMODB_ENDPOINT", &store), ("GEOCODING_URL", &slow)]).await;
    let ada = server.actor("ada").await;
    let mut turn = ada.consult(json!({ "text": "What does main do?", "tools": [open_file()] })).await;
    let is_called = |data: &str| data.contains("tool-input-available") && data.contains("call_file");
    while !is_called(&turn.stream.next().await.expect("the call").data) {}

    let looked = world.proxy.count("Query");
    let (same, id) = (ada.clone(), turn.id.clone());
    let fast = tokio::spawn(async move { report(&same, &id, "fn main() {}").await });
    eventually("the client's outcome", || (world.proxy.count("Query") > looked + 1).then_some(())).await;
    assert_eq!(ada.read(&format!("/turns/{}", turn.id)).await["status"], "running", "the slow tool is still running");
    open.send(true).unwrap();

    let text = AskedTurn::of(fast.await.unwrap()).await.text().await;
    assert_eq!(text, "It prints, and I do not know the weather.");
    let outcomes = outcomes_in(&world, 1);
    assert_eq!(outcomes[0].0, "call_weather");
    assert_eq!(outcomes[1], ("call_file".to_owned(), "fn main() {}".to_owned()));
}
