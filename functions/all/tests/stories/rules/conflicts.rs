//! Two tabs, one session: one question at a time, and no answer in the wrong place.

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::{Actor, AskedTurn, Script, StoreFault, World, poll, problem};

#[tokio::test]
async fn a_second_question_is_told_which_turn_is_in_its_way() {
    let world = World::with(Script::says("The second answer.")).await;
    world.provider.then(Script::new().say("The first ").gate("rest").say("answer.").finish());
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let mut first = ada.ask("The first?").await;
    first.stream.until("The first").await;
    let (id, session) = (first.id.clone(), first.session.clone());

    let refusal = problem(ada.post("/consult", json!({ "text": "The second?", "session": session })).await).await;
    assert_eq!(refusal["turn"], id);
    let refusal: Value = serde_json::from_str(&refusal.to_string().replace(&id, "[turn]")).unwrap();
    insta::assert_json_snapshot!(refusal, @r#"
    {
      "code": "turn_open",
      "detail": "Turn [turn] is still open in this session. Follow it, cancel it, or ask again when it has ended.",
      "request_id": "[id]",
      "status": 409,
      "title": "Conflict",
      "turn": "[turn]",
      "type": "about:blank"
    }
    "#);

    world.provider.release("rest");
    first.text().await;
    assert_eq!(ada.ask_in(&session, "The second?").await.text().await, "The second answer.");
    assert_eq!(
        ada.transcript(&session).await,
        [
            "user completed: The first?",
            "assistant completed: The first answer.",
            "user completed: The second?",
            "assistant completed: The second answer."
        ],
        "of the refused question nothing was stored"
    );
    assert_eq!(world.provider.calls().len(), 2);
}

#[tokio::test]
async fn of_twenty_questions_at_once_one_is_answered_and_the_next_one_is_welcome() {
    let world = World::with(Script::new().gate("go").say("Answered.").finish()).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let compat = [ada.clone(), ada.at(&two)];
    ada.post("/sessions", json!({ "id": "busy" })).await;

    let body = json!({ "text": "Me!", "session": "busy" });
    let replies = join_all((0..20).map(|n| compat[n % 2].post("/consult", body.clone()))).await;

    let (mut won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status() == StatusCode::OK);
    assert_eq!(won.len(), 1, "one wins");
    let winner = AskedTurn::of(won.remove(0)).await;
    for refusal in join_all(lost.into_iter().map(problem)).await {
        assert_eq!((&refusal["code"], &refusal["turn"]), (&json!("turn_open"), &json!(winner.id)));
    }
    world.provider.release("go");
    assert_eq!(winner.text().await, "Answered.");
    assert_eq!(compat[1].ask_in("busy", "And now?").await.text().await, "Answered.");
    assert_eq!(ada.transcript("busy").await.len(), 4);
    assert_eq!(world.provider.calls().len(), 2);
}

/// The question's log comes in pieces, after its session was taken: a question meanwhile is refused all the same.
#[tokio::test]
async fn a_question_that_is_still_being_stored_is_in_the_way_already() {
    let world = World::with(Script::says("Read it all.")).await;
    let (slow, quick) = (world.start_behind_proxy().await, world.start().await);
    let ada = slow.actor("ada").await;
    ada.post("/sessions", json!({ "id": "busy" })).await;
    world.proxy.set(StoreFault::Freeze.only("PutItem"));
    let first = tokio::spawn({
        let ada = ada.clone();
        async move { ada.ask_in("busy", "The first?").await.text().await }
    });
    let ada = ada.at(&quick);
    poll("the session to be taken", async || ada.read("/sessions/busy").await["open_turn"].is_string().then_some(()))
        .await;

    let refusal = problem(ada.post("/consult", json!({ "text": "The second?", "session": "busy" })).await).await;

    assert_eq!(refusal["code"], "turn_open");
    world.proxy.clear();
    assert_eq!(first.await.unwrap(), "Read it all.");
    assert_eq!(ada.transcript("busy").await.len(), 2);
}

#[tokio::test]
async fn two_tabs_never_mix_their_answers() {
    let world = World::with(Script::new()).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let compat = [ada.clone(), ada.at(&two)];

    join_all((0..6).map(|tab| converse(&compat, tab))).await;
}

async fn converse(compat: &[Actor; 2], tab: usize) {
    let session = format!("tab-{tab}");
    compat[tab % 2].post("/sessions", json!({ "id": session })).await;
    for round in 0..3 {
        let text = format!("tab{tab}round{round}");
        // The offline demo repeats the question.
        let body = json!({ "text": text, "session": session, "model": "scripted" });
        let answer = compat[(tab + round) % 2].consult(body).await.text().await;
        assert!(answer.contains(&text), "{answer}");
    }
    for message in compat[0].transcript(&session).await {
        assert!(message.contains(&format!("tab{tab}round")), "{session} holds {message}");
    }
}

#[tokio::test]
async fn a_rename_during_an_answer_keeps_both() {
    let world = World::with(Script::new().say("Half, ").gate("rest").say("and whole.").finish()).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let mut turn = ada.ask("What is it called?").await;
    turn.stream.until("Half").await;
    let path = format!("/sessions/{}", turn.session);

    let renamed = ada.at(&two).patch(&path, json!({ "title": "Renamed" })).await;
    assert_eq!(renamed.status(), StatusCode::OK);
    world.provider.release("rest");
    let session = turn.session.clone();
    assert_eq!(turn.stream.rest().await.last().unwrap().data, "[DONE]");

    let after = ada.read(&path).await;
    assert_eq!((&after["title"], &after["open_turn"]), (&json!("Renamed"), &json!(null)));
    assert_eq!(
        ada.transcript(&session).await,
        ["user completed: What is it called?", "assistant completed: Half, and whole."]
    );
}

/// C7: whatever is done at once to one session, the store's conflicts stay inside.
#[tokio::test]
async fn a_storm_over_one_session_never_ends_in_a_fault_of_ours() {
    let world = World::with(Script::says("A short answer.")).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let compat = [ada.clone(), ada.at(&two)];
    for round in 0..4 {
        let session = format!("storm-{round}");
        ada.post("/sessions", json!({ "id": session })).await;
        let storm = (0..24).map(|n| stir(&compat[n % 2], &session, n));
        for (what, status) in join_all(storm).await {
            let allowed: &[u16] = match what {
                "ask" => &[200, 404, 409],
                "create" => &[409],
                "delete" => &[204, 404],
                _ => &[200, 404],
            };
            assert!(allowed.contains(&status), "{what}: {status}");
        }
        let left = ada.delete(&format!("/sessions/{session}")).await.status();
        assert!([StatusCode::NO_CONTENT, StatusCode::NOT_FOUND].contains(&left));
    }
}

async fn stir(ada: &Actor, session: &str, n: usize) -> (&'static str, u16) {
    let path = format!("/sessions/{session}");
    let (what, reply) = match n % 6 {
        0 => ("rename", ada.patch(&path, json!({ "title": format!("Title {n}") })).await),
        1 | 2 => ("ask", ada.post("/consult", json!({ "text": "Now?", "session": session })).await),
        3 if n == 21 => ("delete", ada.delete(&path).await),
        3 => ("create", ada.post("/sessions", json!({ "id": session })).await),
        4 => ("read", ada.get(&format!("{path}/messages")).await),
        _ => ("cancel", cancel_open_turn(ada, &path).await),
    };
    let status = reply.status().as_u16();
    // The storm is over when every stream is.
    let _ = reply.bytes().await;
    (what, status)
}

async fn cancel_open_turn(ada: &Actor, path: &str) -> reqwest::Response {
    let reply = ada.get(path).await;
    if !reply.status().is_success() {
        return reply;
    }
    let session: Value = reply.json().await.unwrap();
    let turn = session["open_turn"].as_str().unwrap_or("1").to_owned();
    ada.request(Method::POST, &format!("/turns/{turn}/cancel")).send().await.unwrap()
}
