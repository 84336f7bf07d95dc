//! An answer is never lost (promises D1–D3, D9, D10).

use serde_json::{Value, json};
use shared::testing::{Actor, Script, Server, Stream, World, endings_of, text_of};

/// D1: the question is stored before the first token is shown.
#[tokio::test]
async fn a_question_is_stored_before_anything_is_said() {
    let world = World::with(Script::new().gate("think").say("Yes.").finish()).await;
    let (server, other) = (world.start().await, world.start().await);
    let ada = server.actor("ada").await;

    let turn = ada.ask("Is it safe?").await;
    world.provider.wait_for_calls(1).await;
    assert_eq!(ada.at(&other).transcript(&turn.session).await, ["user completed: Is it safe?"]);

    world.provider.release("think");
    assert_eq!(turn.text().await, "Yes.");
}

/// D1: not even a process that dies at once takes the question with it.
#[tokio::test]
async fn a_question_outlives_the_process_that_took_it() {
    let world = World::with(Script::silent()).await;
    let (mut server, other) = (world.start().await, world.start().await);
    let ada = server.actor("ada").await;

    let turn = ada.ask("Still there?").await;
    server.process.kill9();

    let ada = ada.at(&other);
    assert_eq!(ada.ended(&turn.id).await["status"], "interrupted");
    assert_eq!(ada.transcript(&turn.session).await, ["user completed: Still there?", "assistant interrupted: "]);
}

/// D2: a closed tab never costs an answer.
#[tokio::test]
async fn who_hangs_up_finds_the_whole_answer_later() {
    let world = World::with(Script::new().say("Half of it, ").gate("rest").say("and the rest.").finish()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;

    let mut turn = ada.ask("Tell me all.").await;
    turn.stream.until("Half").await;
    let (id, session) = (turn.id, turn.session);
    drop(turn.stream);
    world.provider.release("rest");

    assert_eq!(ada.ended(&id).await["status"], "completed");
    assert_eq!(
        ada.transcript(&session).await,
        ["user completed: Tell me all.", "assistant completed: Half of it, and the rest."]
    );
}

/// D3: what was shown survives the process, up to the last second, and the conversation goes on.
#[tokio::test]
async fn a_killed_process_leaves_what_it_showed_and_the_session_goes_on() {
    let script = Script::new().say("Kept for good. ").gate("more").say("Said at the last.").stalls();
    let world = World::with(script).await;
    let (mut server, other) = (world.start().await, world.start().await);
    let ada = server.actor("ada").await;
    let reader = ada.at(&other);

    let mut turn = ada.ask("Go on.").await;
    turn.stream.until("Kept for good.").await;
    reader.logged(&turn.id, "Kept for good. ").await;
    let watching = reader.resume(&turn.id, 0).await;
    world.provider.release("more");
    turn.stream.until("at the last").await;
    server.process.kill9();

    assert_eq!(endings_of(&Stream::new(watching).rest().await), ["error"]);
    assert_eq!(reader.ended(&turn.id).await["status"], "interrupted");
    let transcript = reader.transcript(&turn.session).await;
    assert_eq!(transcript.len(), 2);
    assert!(transcript[1].starts_with("assistant interrupted: Kept for good. "), "{transcript:?}");

    let prompt = next_prompt(&world, &reader, &turn.session).await;
    assert!(prompt[2]["content"].as_str().is_some_and(|said| said.starts_with("Kept for good. ")), "{prompt:?}");
}

/// D9: a call that the model had not finished is not shown to it again.
#[tokio::test]
async fn a_turn_killed_inside_a_tool_call_leaves_a_history_that_a_provider_accepts() {
    let script = Script::new().say("Let me look. ").calls_tool("call_1", "now", "{}").stalls();
    let world = World::with(script).await;
    let (mut server, other) = (world.start().await, world.start().await);

    let (ada, session) = kill_when_logged(&mut server, &other, "Let me look. ").await;

    assert_eq!(tool_messages(&next_prompt(&world, &ada, &session).await), 0);
}

/// D9: a call that was answered keeps its result, also when the model's next words were cut off.
#[tokio::test]
async fn a_turn_killed_after_a_tool_call_keeps_the_call_and_its_result() {
    let world = World::with(Script::new().say("It is ").stalls()).await;
    world.provider.then(Script::new().calls_tool("call_1", "now", "{}").finish());
    let (mut server, other) = (world.start().await, world.start().await);

    let (ada, session) = kill_when_logged(&mut server, &other, "It is ").await;

    assert_eq!(tool_messages(&next_prompt(&world, &ada, &session).await), 1);
}

/// D9: a writer that was taken for dead and comes back adds nothing to what was decided without it.
#[tokio::test]
async fn a_process_that_was_only_frozen_finds_its_turn_closed() {
    let world = World::with(Script::new().say("Before. ").gate("after").say("After.").finish()).await;
    let (server, other) = (world.start().await, world.start().await);
    let ada = server.actor("ada").await;
    let there = ada.at(&other);
    let turn = ada.ask("First?").await;
    there.logged(&turn.id, "Before. ").await;

    server.process.freeze();
    assert_eq!(there.ended(&turn.id).await["status"], "interrupted");
    next_prompt(&world, &there, &turn.session).await;
    world.provider.release("after");
    server.process.thaw();

    let session = turn.session.clone();
    assert_eq!(endings_of(&turn.frames().await), ["error"]);
    let transcript = there.transcript(&session).await;
    assert_eq!(
        transcript[1..],
        ["assistant interrupted: Before. ", "user completed: And then?", "assistant completed: And so on."]
    );
}

/// D9: never two open turns, however close the questions come and wherever they arrive.
#[tokio::test]
async fn of_two_questions_at_once_one_is_told_about_the_other() {
    let world = World::with(Script::silent()).await;
    let (server, other) = (world.start().await, world.start().await);
    let ada = server.actor("ada").await;
    let session = ada.post("/sessions", json!({})).await.json::<Value>().await.unwrap();
    let body = |text| json!({ "text": text, "session": session["id"] });

    let there = ada.at(&other);
    let (one, two) = tokio::join!(ada.post("/consult", body("One?")), there.post("/consult", body("Two?")));
    let (begun, refused) = if one.status() == 200 { (one, two) } else { (two, one) };

    assert_eq!((begun.status().as_u16(), refused.status().as_u16()), (200, 409));
    let turn = begun.headers()["location"].to_str().unwrap().trim_start_matches("/turns/").to_owned();
    let problem: Value = refused.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["turn"]), (&"turn_open".into(), &turn.into()));
}

/// D10: an answer that is nearly there is finished before the process goes.
#[tokio::test]
async fn a_process_asked_to_stop_finishes_the_answer_that_is_nearly_there() {
    let world = World::with(Script::new().say("Nearly ").gate("rest").say("there.").finish()).await;
    let mut server = world.start().await;
    let ada = server.actor("ada").await;

    let mut turn = ada.ask("Are we?").await;
    turn.stream.until("Nearly").await;
    server.process.terminate();
    server.process.wait_for_line("asked to stop").await;
    world.provider.release("rest");

    let frames = turn.frames().await;
    assert_eq!((text_of(&frames), endings_of(&frames)), ("there.".to_owned(), vec!["finish".to_owned()]));
    assert!(server.process.wait().await.success());
}

/// D10: an answer that would take too long is kept as far as it came, and marked.
#[tokio::test]
async fn a_process_asked_to_stop_keeps_what_it_has_said() {
    let world = World::with(Script::new().say("As far as this.").stalls()).await;
    let (mut server, other) = (world.start().await, world.start().await);
    let ada = server.actor("ada").await;

    let mut turn = ada.ask("How far?").await;
    turn.stream.until("this.").await;
    server.process.terminate();

    let session = turn.session.clone();
    assert_eq!(endings_of(&turn.frames().await), ["error"]);
    assert!(server.process.wait().await.success());
    assert_eq!(
        ada.at(&other).transcript(&session).await,
        ["user completed: How far?", "assistant interrupted: As far as this."]
    );
}

/// Kills the process when this much of its answer is stored; returns the user at the other one, and the session.
async fn kill_when_logged(server: &mut Server, other: &Server, text: &str) -> (Actor, String) {
    let ada = server.actor("ada").await;
    let turn = ada.ask("What time is it?").await;
    let ada = ada.at(other);
    ada.logged(&turn.id, text).await;
    server.process.kill9();
    assert_eq!(ada.ended(&turn.id).await["status"], "interrupted");
    (ada, turn.session)
}

/// What the provider receives when the user asks again.
async fn next_prompt(world: &World, ada: &Actor, session: &str) -> Vec<Value> {
    world.provider.then(Script::says("And so on."));
    assert_eq!(ada.ask_in(session, "And then?").await.text().await, "And so on.");
    let call = world.provider.calls().pop().expect("a call");
    call.body["messages"].as_array().expect("messages").clone()
}

/// How many tool results a prompt holds; each must follow its call, and each call must have one.
fn tool_messages(prompt: &[Value]) -> usize {
    let mut open: Vec<&Value> = Vec::new();
    for message in prompt {
        if message["role"] == "tool" {
            let at = open.iter().position(|id| **id == message["tool_call_id"]);
            open.remove(at.unwrap_or_else(|| panic!("a result without its call: {prompt:?}")));
            continue;
        }
        assert!(open.is_empty(), "a call without its result: {prompt:?}");
        open.extend(message["tool_calls"].as_array().into_iter().flatten().map(|call| &call["id"]));
    }
    assert!(open.is_empty(), "a call without its result: {prompt:?}");
    prompt.iter().filter(|message| message["role"] == "tool").count()
}
