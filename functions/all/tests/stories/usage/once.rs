//! A turn may be closed twice, half, late, or for a session that is gone: it counts once.

use futures::future::join_all;
use serde_json::json;
use shared::testing::{Script, StoreFault, World, eventually};

use super::{counted, of_message, total};

const CLOSE: &str = "TransactWriteItems";

#[tokio::test]
async fn a_lost_reply_counts_once() {
    let world = World::with(counted("Yes.", [10, 0, 2, 0])).await;
    let server = world.start_behind_proxy().await;
    let ada = server.actor("ada").await;
    world.proxy.set(StoreFault::DropReply.only(CLOSE).times(1));
    let turn = ada.ask("Once?").await;
    let session = turn.session.clone();
    turn.text().await;
    assert_eq!(world.proxy.count(CLOSE), 2, "it was tried again");
    assert_eq!(ada.transcript(&session).await.len(), 2);
    assert_eq!((total(&ada).await["turns"], total(&ada).await["input_tokens"]), (1, 10));
}

/// DynamoDB says so when two transactions meet at one row, and means "again".
#[tokio::test]
async fn a_conflict_of_transactions_costs_delay_only() {
    let world = World::with(counted("Yes.", [10, 0, 2, 0])).await;
    let server = world.start_behind_proxy().await;
    let ada = server.actor("ada").await;
    world.proxy.set(StoreFault::Conflict.only(CLOSE).times(3));
    let turn = ada.ask("Once?").await;
    let session = turn.session.clone();
    turn.text().await;
    assert_eq!(world.proxy.count(CLOSE), 4, "it was tried again");
    assert_eq!(ada.read(&format!("/sessions/{session}")).await["open_turn"], json!(null));
    assert_eq!(total(&ada).await["turns"], 1);
}

/// A plain write that meets a transaction is refused in its own way.
#[tokio::test]
async fn a_write_that_meets_a_transaction_is_tried_again() {
    let world = World::with(Script::says("Yes.")).await;
    let server = world.start_behind_proxy().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("A name?").await;
    let session = turn.session.clone();
    turn.text().await;
    world.proxy.set(StoreFault::Conflict.only("UpdateItem").times(2));
    let renamed = ada.patch(&format!("/sessions/{session}"), json!({ "title": "Renamed" })).await;
    assert_eq!(renamed.status(), 200);
}

#[tokio::test]
async fn many_who_close_a_dead_writers_turn_count_it_once() {
    let world = World::with(Script::new().say("Kept.").stalls()).await;
    let (mut server, one, two) = (world.start().await, world.start().await, world.start().await);
    let ada = server.actor("ada").await;
    let mut turn = ada.ask("Still there?").await;
    turn.stream.until("Kept.").await;
    ada.at(&one).logged(&turn.id, "Kept.").await;
    server.process.kill9();

    let readers = (0..8).map(|n| ada.at(if n % 2 == 0 { &one } else { &two }));
    let ended = join_all(readers.map(|reader| {
        let (turn, session) = (turn.id.clone(), turn.session.clone());
        async move {
            reader.ended(&turn).await;
            reader.history(&session).await
        }
    }));
    let answers: Vec<_> = ended.await.iter().map(|history| history[1].clone()).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0]["status"], "interrupted");
    assert_eq!(total(&ada.at(&one)).await, of_message(&answers[0]));
}

/// What was paid is counted, whatever a user deletes.
#[tokio::test]
async fn a_deleted_sessions_turn_is_counted() {
    let world = World::with(Script::new().say("Half of it").stalls()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let mut turn = ada.ask("All of it?").await;
    turn.stream.until("Half of it").await;
    assert_eq!(ada.delete(&format!("/sessions/{}", turn.session)).await.status(), 204);
    let counted = total(&ada).await;
    assert_eq!((counted["turns"], counted["output_tokens"]), (1, 3));
    assert_eq!(ada.get(&format!("/sessions/{}", turn.session)).await.status(), 404);

    world.provider.then(super::counted("Whole.", [10, 0, 2, 0]));
    let turn = ada.ask("And now?").await;
    let session = turn.session.clone();
    turn.text().await;
    assert_eq!(ada.delete(&format!("/sessions/{session}")).await.status(), 204);
    assert_eq!(total(&ada).await["turns"], 2, "deleting takes nothing back");
}

/// Its writer is dead, and nobody waits for its lease.
#[tokio::test]
async fn a_dead_writers_turn_is_counted_when_its_session_is_deleted() {
    let world = World::with(Script::new().say("Half of it").stalls()).await;
    let lease = [("TURN_LEASE_MS", "30000")];
    let (mut server, other) = (world.start_with(&lease).await, world.start_with(&lease).await);
    let ada = server.actor("ada").await;
    let mut turn = ada.ask("All of it?").await;
    turn.stream.until("Half of it").await;
    ada.at(&other).logged(&turn.id, "Half of it").await;
    server.process.kill9();

    let ada = ada.at(&other);
    assert_eq!(ada.delete(&format!("/sessions/{}", turn.session)).await.status(), 204);
    let counted = total(&ada).await;
    assert_eq!((counted["turns"], counted["output_tokens"]), (1, 3));
}

/// A session that its owner deletes while the last write is under way: the turn is closed on the tombstone.
#[tokio::test]
async fn a_turn_that_ends_while_its_session_goes_is_counted_once() {
    let world = World::with(counted("Whole.", [10, 0, 2, 0])).await;
    let (slow, other) = (world.start_behind_proxy().await, world.start().await);
    let ada = slow.actor("ada").await;
    world.proxy.set(StoreFault::Freeze.only(CLOSE));
    let turn = ada.ask("Now?").await;
    eventually("the last write", || (world.proxy.count(CLOSE) > 0).then_some(())).await;
    let ada = ada.at(&other);
    assert_eq!(ada.delete(&format!("/sessions/{}", turn.session)).await.status(), 204);
    assert_eq!(total(&ada).await["turns"], 1);
    world.proxy.clear();
    turn.text().await;
    assert_eq!((total(&ada).await["turns"], total(&ada).await["input_tokens"]), (1, 10));
    assert!(world.keys().await.iter().all(|key| !key.contains("MSG#")), "nothing of it stays");
}
