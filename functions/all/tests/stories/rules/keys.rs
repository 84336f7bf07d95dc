//! Idempotency keys: the same question twice is one turn, one model call, one bill.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::{AskedTurn, Script, StoreFault, World, poll, problem};

const KEY: &str = "5f0f3c1e";

fn question() -> Value {
    json!({ "text": "Is this asked once?" })
}

#[tokio::test]
async fn twenty_requests_with_one_key_are_one_turn_and_one_model_call() {
    let world = World::with(Script::new().say("Only ").gate("rest").say("once.").finish()).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let compat = [ada.clone(), ada.at(&two)];
    let body = question();

    let replies = join_all((0..20).map(|n| compat[n % 2].consult_with_key(KEY, &body))).await;
    let turns = join_all(replies.into_iter().map(AskedTurn::of)).await;
    world.provider.release("rest");

    let ids: BTreeSet<String> = turns.iter().map(|turn| turn.id.clone()).collect();
    assert_eq!(ids.len(), 1, "one turn");
    let session = turns[0].session.clone();
    for text in join_all(turns.into_iter().map(AskedTurn::text)).await {
        assert_eq!(text, "Only once.");
    }
    assert_eq!(world.provider.calls().len(), 1, "one model call");
    assert_eq!(ada.sessions().await, [session.as_str()]);
    assert_eq!(
        ada.transcript(&session).await,
        ["user completed: Is this asked once?", "assistant completed: Only once."]
    );
}

#[tokio::test]
async fn in_a_known_session_twenty_requests_with_one_key_are_one_turn() {
    let world = World::with(Script::says("Once.")).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let session = ada.post("/sessions", json!({ "id": "known" })).await;
    assert_eq!(session.status(), StatusCode::CREATED);
    let compat = [ada.clone(), ada.at(&two)];
    let body = json!({ "text": "Once?", "session": "known" });

    let replies = join_all((0..20).map(|n| compat[n % 2].consult_with_key(KEY, &body))).await;

    let turns = join_all(replies.into_iter().map(AskedTurn::of)).await;
    for text in join_all(turns.into_iter().map(AskedTurn::text)).await {
        assert_eq!(text, "Once.");
    }
    assert_eq!(world.provider.calls().len(), 1);
    assert_eq!(ada.transcript("known").await, ["user completed: Once?", "assistant completed: Once."]);
}

#[tokio::test]
async fn a_lost_reply_is_safe_to_ask_for_again() {
    let world = World::with(Script::new().say("Half, ").gate("rest").say("and whole.").finish()).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;

    let mut lost = AskedTurn::of(ada.consult_with_key(KEY, &question()).await).await;
    lost.stream.until("Half").await;
    drop(lost.stream);
    let again = AskedTurn::of(ada.at(&two).consult_with_key(KEY, &question()).await).await;
    world.provider.release("rest");

    assert_eq!(again.id, lost.id);
    assert_eq!(again.text().await, "Half, and whole.");
    let whole = AskedTurn::of(ada.consult_with_key(KEY, &question()).await).await;
    assert_eq!(whole.text().await, "Half, and whole.", "a turn that has ended is told again");
    assert_eq!(world.provider.calls().len(), 1);
}

#[tokio::test]
async fn a_key_that_comes_with_another_question_is_refused_and_leaves_nothing() {
    let world = World::with(Script::says("The first answer.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let first = AskedTurn::of(ada.consult_with_key(KEY, &question()).await).await;
    let (id, session) = (first.id.clone(), first.session.clone());
    assert_eq!(first.text().await, "The first answer.");
    let before = world.items().await;

    let other = json!({ "text": "Something else?" });
    let refusal = problem(ada.consult_with_key(KEY, &other).await).await;
    insta::assert_json_snapshot!(refusal, @r#"
    {
      "code": "idempotency_key_reused",
      "detail": "This idempotency key was used with another request.",
      "errors": [
        {
          "detail": "This idempotency key was used with another request.",
          "field": "Idempotency-Key"
        }
      ],
      "request_id": "[id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    // Longer than one item of the table: what is refused must not write over the first question's pieces.
    let long = json!({ "text": "Something much longer? ".repeat(40_000) });
    assert_eq!(problem(ada.consult_with_key(KEY, &long).await).await["code"], "idempotency_key_reused");
    let elsewhere = json!({ "text": "Is this asked once?", "session": session });
    assert_eq!(problem(ada.consult_with_key(KEY, &elsewhere).await).await["code"], "idempotency_key_reused");

    assert_eq!(world.items().await, before, "nothing was stored, nothing changed");
    assert_eq!(ada.ended(&id).await["question"]["parts"][0]["text"], "Is this asked once?");
    assert_eq!(world.provider.calls().len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_user() {
    let world = World::with(Script::says("An answer.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);

    let hers = AskedTurn::of(ada.consult_with_key(KEY, &question()).await).await;
    let others = AskedTurn::of(eve.consult_with_key(KEY, &question()).await).await;

    assert_ne!(hers.id, others.id);
    assert_ne!(hers.session, others.session);
    assert_eq!((hers.text().await, others.text().await), ("An answer.".to_owned(), "An answer.".to_owned()));
    assert_eq!(world.provider.calls().len(), 2);
}

#[tokio::test]
async fn a_crash_frees_the_key() {
    let world = World::with(Script::says("Whole after all.")).await;
    world.provider.then(Script::new().say("Half").stalls());
    let (mut one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let mut first = AskedTurn::of(ada.consult_with_key(KEY, &question()).await).await;
    first.stream.until("Half").await;

    one.process.kill9();
    let ada = ada.at(&two);
    assert_eq!(ada.ended(&first.id).await["status"], "interrupted");

    let again = AskedTurn::of(ada.consult_with_key(KEY, &question()).await).await;
    assert_ne!(again.id, first.id);
    assert_eq!(again.text().await, "Whole after all.");
    assert_eq!(world.provider.calls().len(), 2);
}

/// The head of the turn's log was written, the session never taken: one of two narrow places for a crash.
#[tokio::test]
async fn a_crash_between_question_and_session_frees_the_key() {
    let world = World::with(Script::says("Answered.")).await;
    let (mut one, two) = (world.start_behind_proxy().await, world.start().await);
    let ada = one.actor("ada").await;
    ada.post("/sessions", json!({ "id": "s" })).await;
    let body = json!({ "text": "Is this asked once?", "session": "s" });
    let items = world.items().await.len();
    world.proxy.set(StoreFault::Refuse.only("UpdateItem"));
    let lost = tokio::spawn({
        let request = ada.request(Method::POST, "/consult").header("idempotency-key", KEY).json(&body);
        request.send()
    });
    poll("the head to be there", async || (world.items().await.len() > items).then_some(())).await;
    one.process.kill9();
    assert!(lost.await.unwrap().is_err(), "the first request heard nothing");
    let ada = ada.at(&two);

    // Until the lease is over the first writer may still come, so the second request waits with it.
    let text = poll("the key to be free", async || {
        let turn = AskedTurn::of(ada.consult_with_key(KEY, &body).await).await;
        Some(turn.text().await).filter(|text| !text.is_empty())
    });
    assert_eq!(text.await, "Answered.");
    // What never began leaves no trace in the conversation.
    assert_eq!(ada.transcript("s").await, ["user completed: Is this asked once?", "assistant completed: Answered."]);
    assert_eq!(world.provider.calls().len(), 1);
}

/// The other one: the session was taken, the question never stored.
#[tokio::test]
async fn a_crash_between_session_and_question_frees_the_session() {
    let world = World::with(Script::says("Answered.")).await;
    let (mut one, two) = (world.start_behind_proxy().await, world.start().await);
    let ada = one.actor("ada").await;
    ada.post("/sessions", json!({ "id": "s" })).await;
    world.proxy.set(StoreFault::Refuse.only("PutItem"));
    let body = json!({ "text": "Is this asked once?", "session": "s" });
    let lost = tokio::spawn(ada.request(Method::POST, "/consult").json(&body).send());
    let ada = ada.at(&two);
    let taken = async || ada.read("/sessions/s").await["open_turn"].is_string().then_some(());
    poll("the session to be taken", taken).await;
    one.process.kill9();
    assert!(lost.await.unwrap().is_err(), "the first request heard nothing");

    let answered = poll("the session to be free", async || {
        let reply = ada.post("/consult", body.clone()).await;
        // Until the lease is over, the first writer may still come.
        (reply.status() != StatusCode::CONFLICT).then_some(reply)
    });
    assert_eq!(AskedTurn::of(answered.await).await.text().await, "Answered.");
    assert_eq!(ada.transcript("s").await, ["user completed: Is this asked once?", "assistant completed: Answered."]);
}
