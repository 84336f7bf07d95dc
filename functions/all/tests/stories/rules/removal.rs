//! A deleted session stays deleted, whatever is still writing in it.

use reqwest::{Method, StatusCode};
use serde_json::json;
use shared::identity::{LOCAL_ISSUER, user_id};
use shared::testing::{Actor, AskedTurn, Script, SseFrame, StoreFault, World, eventually, poll, problem};

/// What ends a stream in the ui dialect.
const TERMINAL: [&str; 3] = ["abort", "error", "finish"];

fn terminal_events(frames: &[SseFrame]) -> usize {
    frames.iter().filter(|frame| TERMINAL.iter().any(|kind| frame.json()["type"] == *kind)).count()
}

#[tokio::test]
async fn a_session_deleted_during_its_answer_is_gone_for_good() {
    let world = World::with(Script::new().say("Half").stalls()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("Will this be kept?").await;
    is_gone_for_good(&world, &ada, &ada, turn).await;
}

#[tokio::test]
async fn it_is_gone_for_good_when_another_process_deletes_it() {
    let world = World::with(Script::new().say("Half").stalls()).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let turn = ada.ask("Will this be kept?").await;
    is_gone_for_good(&world, &ada, &ada.at(&two), turn).await;
}

async fn is_gone_for_good(world: &World, ada: &Actor, deleter: &Actor, mut turn: AskedTurn) {
    turn.stream.until("Half").await;
    let (session, answer) = (turn.session.clone(), format!("/turns/{}", turn.id));
    let path = format!("/sessions/{session}");

    assert_eq!(deleter.delete(&path).await.status(), StatusCode::NO_CONTENT);

    world.provider.wait_for_aborted(1).await;
    let frames = turn.stream.rest().await;
    assert_eq!(terminal_events(&frames), 1, "{frames:?}");
    assert_eq!(frames.last().unwrap().data, "[DONE]");
    for path in [path.clone(), format!("{path}/messages")] {
        assert_eq!(problem(ada.get(&path).await).await["code"], "session_not_found");
    }
    let changes = [
        ada.patch(&path, json!({ "title": "Still here?" })).await,
        ada.post("/consult", json!({ "text": "Still here?", "session": session })).await,
        ada.delete(&path).await,
    ];
    for refused in changes {
        assert_eq!(problem(refused).await["code"], "session_not_found");
    }
    let gone = async || (ada.get(&answer).await.status() == StatusCode::NOT_FOUND).then_some(());
    poll("the turn to be gone", gone).await;
    let again = problem(ada.post("/sessions", json!({ "id": session })).await).await;
    assert_eq!((&again["status"], &again["code"]), (&json!(409), &json!("session_exists")));
    assert!(ada.sessions().await.is_empty());
    let only_the_tombstone = async || (held(world).await.len() == 1).then_some(());
    poll("the store to hold nothing but the tombstone", only_the_tombstone).await;
}

/// Cut off from the store, the writer hears neither of the cancel nor of the deletion, and has the whole answer to store
/// when it comes back.
#[tokio::test]
async fn a_writer_that_comes_back_after_the_deletion_leaves_nothing() {
    let world = World::with(Script::new().say("Half, ").gate("rest").say("and whole.").finish()).await;
    let (cut_off, other) = (world.start_behind_proxy().await, world.start().await);
    let ada = cut_off.actor("ada").await;
    let mut turn = ada.ask("Will this be kept?").await;
    turn.stream.until("Half").await;

    world.proxy.set(StoreFault::Freeze);
    let deleted = ada.at(&other).delete(&format!("/sessions/{}", turn.session)).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    world.provider.release("rest");
    world.proxy.clear();

    assert_eq!(terminal_events(&turn.stream.rest().await), 1);
    let only_the_tombstone = async || (held(&world).await.len() == 1).then_some(());
    poll("the store to hold nothing but the tombstone", only_the_tombstone).await;
}

#[tokio::test]
async fn a_deleted_session_takes_all_its_messages_and_turns_along() {
    let world = World::with(Script::says("An answer.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let first = ada.ask("A first question?").await;
    let (session, turn) = (first.session.clone(), first.id.clone());
    first.text().await;
    for number in 0..3 {
        ada.ask_in(&session, &format!("Question {number}? {}", "x".repeat(400_000))).await.text().await;
    }
    assert!(world.keys().await.len() > 10);

    assert_eq!(ada.delete(&format!("/sessions/{session}")).await.status(), StatusCode::NO_CONTENT);

    assert_eq!(held(&world).await, [format!("USER#{} SESSION#{session}", user_id(LOCAL_ISSUER, "ada"))]);
    assert_eq!(ada.get(&format!("/turns/{turn}")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ada.delete(&format!("/sessions/{session}")).await.status(), StatusCode::NOT_FOUND);
}

/// Its process dies between hiding the session and deleting what it held: a second deletion goes on.
#[tokio::test]
async fn a_deletion_that_broke_off_is_taken_up_by_the_next() {
    let world = World::with(Script::says("An answer.")).await;
    let (mut dying, other) = (world.start_behind_proxy().await, world.start().await);
    let ada = dying.actor("ada").await;
    let turn = ada.ask("Will this be kept?").await;
    let path = format!("/sessions/{}", turn.session);
    turn.text().await;

    world.proxy.set(StoreFault::Freeze.only("BatchWriteItem"));
    let deleting = tokio::spawn({
        let (ada, path) = (ada.clone(), path.clone());
        async move { ada.request(Method::DELETE, &path).send().await.map(|_| ()) }
    });
    eventually("the deletion to get there", || (world.proxy.count("BatchWriteItem") > 0).then_some(())).await;
    dying.process.kill9();
    world.proxy.set(StoreFault::Refuse);
    assert!(deleting.await.unwrap().is_err());
    assert!(held(&world).await.len() > 1);
    let tombstone =
        async || world.items().await.into_iter().find(|item| item["deleted_by"].is_object()).expect("a tombstone");
    assert!(tombstone().await["expires_at"].is_null(), "while something lies under it, it stays");

    let ada = ada.at(&other);
    assert_eq!(ada.delete(&path).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(held(&world).await.len(), 1);
    assert!(tombstone().await["expires_at"].is_object());
    assert_eq!(ada.delete(&path).await.status(), StatusCode::NOT_FOUND);
}

/// The log of its turn holds the same words.
#[tokio::test]
async fn a_deleted_message_is_nowhere_any_more() {
    let world = World::with(Script::says("An answer.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("Ought this be kept?").await;
    let session = turn.session.clone();
    turn.text().await;
    let question = ada.history(&session).await[0]["id"].as_str().unwrap().to_owned();
    ada.patch(&format!("/sessions/{session}"), json!({ "title": "Another" })).await;

    let deleted = ada.delete(&format!("/sessions/{session}/messages/{question}")).await;

    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert!(!world.items().await.iter().any(|item| item.to_string().contains("Ought this")));
    assert_eq!(ada.transcript(&session).await, ["assistant completed: An answer."]);
}

/// The keys of all items but those of usage: what was paid is not taken back.
async fn held(world: &World) -> Vec<String> {
    world.keys().await.into_iter().filter(|key| !key.contains(" USAGE#")).collect()
}
