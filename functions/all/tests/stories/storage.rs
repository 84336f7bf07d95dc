//! What becomes of an answer when the storage stumbles (promises D4–D6).

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::{Value, json};
use shared::testing::{Actor, Script, Server, StoreFault, Stream, World, endings_of, eventually, text_of};
use tokio::time::timeout;

/// A process behind the faulty way, with the lease that a deployed one has.
async fn behind_proxy(world: &World) -> Server {
    world.start_with(&[("DYNAMODB_ENDPOINT", &world.proxy.url()), ("TURN_LEASE_MS", "20000")]).await
}

async fn ask_with_key(ada: &Actor, key: &str, body: &Value) -> Response {
    let request = ada.request(Method::POST, "/consult").header("idempotency-key", key).json(body);
    request.send().await.expect("a reply")
}

/// D6: a laptop's first question does not wait for an AWS that is not there.
#[tokio::test]
async fn a_store_of_ones_own_is_reached_without_a_search_for_aws() {
    let world = World::with(Script::says("Here.")).await;
    let server = world.start().await;
    assert_eq!(server.actor("ada").await.ask("Where?").await.text().await, "Here.");
    let lines = server.process.lines();
    assert!(!lines.iter().any(|line| line.contains("aws_config")), "{lines:?}");
}

/// D4: nobody hears that an answer is complete before the store has it, its log as well as its message.
#[tokio::test]
async fn an_answer_is_called_complete_only_when_it_is_stored() {
    for write in ["PutItem", "TransactWriteItems"] {
        let world = World::with(Script::new().say("Done.").gate("end").finish()).await;
        let server = behind_proxy(&world).await;
        let ada = server.actor("ada").await;
        let mut turn = ada.ask("Done?").await;
        turn.stream.until("Done.").await;

        world.proxy.set(StoreFault::Freeze.only(write));
        let before = world.proxy.count(write);
        world.provider.release("end");
        eventually("the last write", || (world.proxy.count(write) > before).then_some(())).await;
        let mut frames = Vec::new();
        let ended = timeout(Duration::from_secs(1), async {
            while let Some(frame) = turn.stream.next().await {
                frames.push(frame);
            }
        });
        assert!(ended.await.is_err(), "{write}: ended before it was stored: {frames:?}");
        assert!(endings_of(&frames).is_empty(), "{write}: {frames:?}");

        world.proxy.clear();
        let session = turn.session.clone();
        assert_eq!(endings_of(&turn.frames().await), ["finish"], "{write}");
        assert_eq!(ada.transcript(&session).await, ["user completed: Done?", "assistant completed: Done."]);
    }
}

/// D4: an answer whose log was closed is complete, though its writer died before it had told the session.
#[tokio::test]
async fn an_answer_whose_writer_died_at_the_very_last_step_is_complete() {
    let world = World::with(Script::new().gate("end").say("Whole.").finish()).await;
    let (mut server, other) = (behind_proxy(&world).await, world.start().await);
    let ada = server.actor("ada").await;
    let turn = ada.ask("Whole?").await;

    world.proxy.set(StoreFault::Freeze.only("TransactWriteItems"));
    let before = world.proxy.count("TransactWriteItems");
    world.provider.release("end");
    eventually("the last step", || (world.proxy.count("TransactWriteItems") > before).then_some(())).await;
    server.process.kill9();

    let ada = ada.at(&other);
    assert_eq!(ada.transcript(&turn.session).await, ["user completed: Whole?", "assistant completed: Whole."]);
    assert_eq!(ada.read(&format!("/sessions/{}", turn.session)).await["open_turn"], Value::Null);
}

/// D4: exactly one last word, in every dialect and for every ending.
#[tokio::test]
async fn every_stream_has_exactly_one_last_word() {
    let world = World::with(Script::silent()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let endings = [
        ("completed", Script::says("All of it.")),
        ("failed", Script::fails(400)),
        ("interrupted", Script::new().say("Some of it").resets()),
        ("cancelled", Script::new().say("Some of it").stalls()),
    ];
    for (dialect, last_words) in [
        ("ui", &[r#""type":"finish"}"#, r#""type":"abort"}"#, r#""type":"error","#][..]),
        ("anthropic", &["event: message_stop\n", "event: error\n"]),
        ("words", &["\n\n["]),
        ("chunks", &["\n\n["]),
    ] {
        for (status, script) in &endings {
            world.provider.then(script.clone());
            let live = ada.post(&format!("/consult?dialect={dialect}"), json!({ "text": "Well?" })).await;
            let turn = live.headers()["location"].to_str().unwrap().to_owned();
            if *status == "cancelled" {
                ada.cancel(turn.trim_start_matches("/turns/")).await;
            }
            let live = live.text().await.unwrap();
            let again = ada.get(&format!("{turn}/stream?dialect={dialect}")).await.text().await.unwrap();

            assert_eq!(ada.read(&turn).await["status"], *status);
            let bare = *status == "completed" && last_words.len() == 1;
            for body in [live, again] {
                let said: usize = last_words.iter().map(|word| body.matches(word).count()).sum();
                assert_eq!(said, usize::from(!bare), "{dialect} {status}: {body}");
                assert_eq!(body.ends_with("data: [DONE]\n\n"), dialect == "ui", "{dialect} {status}: {body}");
            }
        }
    }
}

/// D5: ten seconds of trouble while an answer flows, up to its end.
async fn ten_seconds_cost_delay_but_no_text(fault: StoreFault) {
    let script = Script::new().say("Before, ").gate("fault").say("meanwhile, ").gate("late").say("and still.").finish();
    let world = World::with(script).await;
    let server = behind_proxy(&world).await;
    let ada = server.actor("ada").await;
    let mut turn = ada.ask("Can you hear me?").await;
    turn.stream.until("Before, ").await;

    world.proxy.set(fault);
    world.provider.release("fault");
    turn.stream.until("meanwhile, ").await;
    // Not to wait for anything: this long is what was promised to be survived.
    tokio::time::sleep(Duration::from_secs(10)).await;
    world.provider.release("late");
    turn.stream.until("and still.").await;
    world.proxy.clear();

    let session = turn.session.clone();
    assert_eq!(endings_of(&turn.frames().await), ["finish"]);
    assert_eq!(
        ada.transcript(&session).await,
        ["user completed: Can you hear me?", "assistant completed: Before, meanwhile, and still."]
    );
}

#[tokio::test]
async fn ten_seconds_of_throttling_cost_no_text() {
    ten_seconds_cost_delay_but_no_text(StoreFault::Throttle).await;
}

#[tokio::test]
async fn ten_seconds_of_failing_storage_cost_no_text() {
    ten_seconds_cost_delay_but_no_text(StoreFault::Fail).await;
}

/// D5: a write that happened although its reply was lost is neither done twice nor given up.
#[tokio::test]
async fn lost_replies_of_the_store_double_nothing_and_lose_nothing() {
    for write in ["PutItem", "UpdateItem", "TransactWriteItems"] {
        let world = World::with(Script::new().say("One, ").gate("two").say("two, ").gate("end").finish()).await;
        let server = behind_proxy(&world).await;
        let ada = server.actor("ada").await;

        world.proxy.set(StoreFault::DropReply.only(write).times(2));
        let mut turn = ada.ask("Count.").await;
        turn.stream.until("One, ").await;
        world.proxy.set(StoreFault::DropReply.only(write).times(2));
        world.provider.release("two");
        ada.logged(&turn.id, "One, two, ").await;
        world.proxy.set(StoreFault::DropReply.only(write).times(3));
        world.provider.release("end");

        let session = turn.session.clone();
        let frames = turn.frames().await;
        assert_eq!((text_of(&frames), endings_of(&frames)), ("two, ".to_owned(), vec!["finish".to_owned()]));
        assert_eq!(ada.transcript(&session).await, ["user completed: Count.", "assistant completed: One, two, "]);
        assert_eq!(world.provider.calls().len(), 1);
        assert_eq!(ada.read(&format!("/sessions/{session}")).await["open_turn"], Value::Null);
    }
}

/// D6: what cannot be kept is not begun; the same request goes through when the store is back.
#[tokio::test]
async fn a_question_that_cannot_be_kept_is_refused_soon_and_nobody_pays_for_it() {
    let world = World::with(Script::says("Here you are.")).await;
    let server = behind_proxy(&world).await;
    for (paid, fault) in
        [StoreFault::Refuse, StoreFault::Freeze, StoreFault::Fail, StoreFault::Throttle].into_iter().enumerate()
    {
        let ada = server.actor(&format!("ada-{paid}")).await;
        let question = json!({ "text": "Anyone?" });

        world.proxy.set(fault);
        let begun = Instant::now();
        let reply = ask_with_key(&ada, "my-key", &question).await;
        assert!(begun.elapsed() < Duration::from_secs(6), "{fault:?}: {:?}", begun.elapsed());
        assert_eq!((reply.status().as_u16(), reply.headers().contains_key("retry-after")), (503, true), "{fault:?}");
        assert_eq!(world.provider.calls().len(), paid, "{fault:?}");

        world.proxy.clear();
        let reply = ask_with_key(&ada, "my-key", &question).await;
        assert_eq!(reply.status(), 200, "{fault:?}");
        let session = reply.headers()["x-session-id"].to_str().unwrap().to_owned();
        reply.text().await.unwrap();
        assert_eq!(ada.transcript(&session).await, ["user completed: Anyone?", "assistant completed: Here you are."]);
        assert_eq!(ada.read("/sessions").await["data"].as_array().unwrap().len(), 1, "{fault:?}");
    }
}

/// D6: a beginning that failed half way is taken back: no ghost in the history, no lock on the session.
#[tokio::test]
async fn a_beginning_that_failed_half_way_leaves_neither_a_ghost_nor_a_lock() {
    let world = World::with(Script::says("Here you are.")).await;
    let server = behind_proxy(&world).await;
    let ada = server.actor("ada").await;
    let first = ada.ask("First?").await;
    let session = first.session.clone();
    first.frames().await;
    for (operation, number) in [("PutItem", 1), ("UpdateItem", 2), ("Query", 3)] {
        world.proxy.set(StoreFault::Refuse.only(operation));
        let reply = ada.post("/consult", json!({ "text": "A ghost?", "session": session })).await;
        assert_eq!(reply.status(), 503, "{operation}");
        assert_eq!(world.provider.calls().len(), number, "{operation}");

        world.proxy.clear();
        free_again(&ada, &session).await;
        assert_eq!(ada.ask_in(&session, "Next?").await.text().await, "Here you are.", "{operation}");
    }
    let transcript = ada.transcript(&session).await;
    assert_eq!(transcript.len(), 8);
    assert!(!transcript.contains(&"user completed: A ghost?".to_owned()), "{transcript:?}");
}

/// D6: who asks again at once begins anew, and does not follow a turn that nobody writes.
#[tokio::test]
async fn a_question_whose_beginning_was_lost_can_be_asked_again_at_once() {
    for write in ["PutItem", "UpdateItem"] {
        let world = World::with(Script::says("Here you are.")).await;
        let server = behind_proxy(&world).await;
        let ada = server.actor("ada").await;
        let question = json!({ "text": "Anyone?" });

        world.proxy.set(StoreFault::DropReply.only(write));
        assert_eq!(ask_with_key(&ada, "my-key", &question).await.status(), 503, "{write}");
        world.proxy.clear();

        let reply = ask_with_key(&ada, "my-key", &question).await;
        assert_eq!(reply.status(), 200, "{write}");
        let session = reply.headers()["x-session-id"].to_str().unwrap().to_owned();
        assert_eq!(endings_of(&Stream::new(reply).rest().await), ["finish"], "{write}");
        assert_eq!(ada.transcript(&session).await, ["user completed: Anyone?", "assistant completed: Here you are."]);
    }
}

/// Well before the lease is over.
async fn free_again(ada: &Actor, session: &str) {
    let free = async {
        while ada.read(&format!("/sessions/{session}")).await["open_turn"] != Value::Null {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(15), free).await.expect("the session stays locked");
}
