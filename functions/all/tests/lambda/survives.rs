//! The core promises again, where a process is frozen, killed and cut off as a matter of course.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use shared::testing::{Script, World, poll};

use crate::function::{Function, StreamedReply, event, plain, with_body, with_header};

fn in_a_minute() -> SystemTime {
    SystemTime::now() + Duration::from_mins(1)
}

async fn turn_when_ended(turns: &Function, token: &str, turn: &str) -> Value {
    let read = event("turns", "read", &[("TOKEN", token), ("TURN", turn)]);
    poll("the turn to end", async || Some(turns.read(&read).await).filter(|turn| turn["status"] != "running")).await
}

/// `status: text` of the answer.
fn answer_of(turn: &Value) -> String {
    format!("{}: {}", plain(&turn["status"]), plain(&turn["answer"]["parts"][0]["text"]))
}

/// D1, D3: what was shown is kept and marked, and the session goes on.
#[tokio::test]
async fn a_killed_function_leaves_what_was_shown() {
    let world = World::with(Script::says("Here is the rest.")).await;
    world.provider.then(Script::new().say("Half of it").stalls());
    let token = world.token("ada").await;
    let mut consult = Function::start(&world, "consult").await;
    let question = event("consult", "a-question", &[("TOKEN", &token)]);
    let mut reply = StreamedReply::begin(&consult, &question, in_a_minute()).await;
    reply.until("Half of it").await;
    let logged = async || world.items().await.iter().any(|item| item.to_string().contains("Half of it"));
    poll("what was shown to be logged", async || logged().await.then_some(())).await;

    consult.process.kill9();

    let turns = Function::start(&world, "turns").await;
    assert_eq!(answer_of(&turn_when_ended(&turns, &token, &reply.turn).await), "interrupted: Half of it");
    let fill = [("TOKEN", token.as_str()), ("SESSION", reply.session.as_str())];
    let sessions = Function::start(&world, "sessions").await;
    assert_eq!(sessions.read(&event("sessions", "read", &fill)).await["open_turn"], json!(null));
    let history = Function::start(&world, "history").await;
    let messages = history.read(&event("history", "messages", &fill)).await;
    let told = |n: usize| (plain(&messages["data"][n]["status"]), plain(&messages["data"][n]["parts"][0]["text"]));
    assert_eq!(told(0).0, "completed");
    assert_eq!(told(1), ("interrupted".to_owned(), "Half of it".to_owned()));

    let consult = Function::start(&world, "consult").await;
    let go_on = json!({ "text": "Go on.", "session": reply.session });
    let mut reply = StreamedReply::begin(&consult, &with_body(question.clone(), &go_on), in_a_minute()).await;
    reply.until("rest.").await;
}

/// D2: the client hangs up; the process is not given back to be frozen before the answer is stored.
#[tokio::test]
async fn an_answer_nobody_waits_for_is_stored_before_the_next_event_is_asked_for() {
    let script = Script::new().say("Half, ").gate("cut").say("more, ").gate("rest").say("and the end.").finish();
    let world = World::with(script).await;
    let token = world.token("ada").await;
    let (consult, turns) = (Function::start(&world, "consult").await, Function::start(&world, "turns").await);
    let question = event("consult", "a-question", &[("TOKEN", &token)]);
    let mut reply = StreamedReply::begin(&consult, &question, in_a_minute()).await;
    reply.until("Half").await;

    let mut cut = reply.invocation.drop_after(0);
    world.provider.release("cut");
    cut.broken().await;

    let read = event("turns", "read", &[("TOKEN", &token), ("TURN", &reply.turn)]);
    assert_eq!(turns.read(&read).await["status"], "running");
    assert_eq!(consult.api.nexts(), 1, "it asks for nothing while the answer is being written");
    world.provider.release("rest");
    consult.api.wait_for_nexts(2).await;
    let stored = world.items().await;
    let answer = stored.iter().find(|item| item["role"]["S"] == "assistant").expect("the answer is a message");
    assert!(answer["body"]["S"].as_str().unwrap().contains("Half, more, and the end."), "{answer}");
    assert_eq!(turns.read(&read).await["status"], "completed");
}

/// D8: a turn ends before its host does, with time to save what was said.
#[tokio::test]
async fn an_answer_close_to_the_time_wall_is_kept_as_far_as_it_came() {
    let world = World::with(Script::new().say("Half of it").stalls()).await;
    let token = world.token("ada").await;
    let (consult, turns) = (Function::start(&world, "consult").await, Function::start(&world, "turns").await);
    consult.api.wait_for_nexts(1).await;
    let wall = SystemTime::now() + Duration::from_secs(8);
    let question = event("consult", "a-question", &[("TOKEN", &token)]);
    let mut reply = StreamedReply::begin(&consult, &question, wall).await;

    reply.until("[DONE]").await;

    assert!(SystemTime::now() < wall, "before the host takes the process away");
    assert!(reply.heard.contains("interrupted"), "{}", reply.heard);
    assert_eq!(answer_of(&turn_when_ended(&turns, &token, &reply.turn).await), "interrupted: Half of it");
    consult.api.wait_for_nexts(2).await;
    assert_eq!(world.provider.open_streams(), 0, "nobody is paid for more");
}

/// P8: the wish to stop comes to another function than the one that writes.
#[tokio::test]
async fn a_cancel_in_one_function_stops_the_model_of_another() {
    let world = World::with(Script::new().say("Half of it").stalls()).await;
    let token = world.token("ada").await;
    let (consult, turns) = (Function::start(&world, "consult").await, Function::start(&world, "turns").await);
    let question = event("consult", "a-question", &[("TOKEN", &token)]);
    let mut reply = StreamedReply::begin(&consult, &question, in_a_minute()).await;
    reply.until("Half of it").await;

    let cancelled = turns.read(&event("turns", "cancel", &[("TOKEN", &token), ("TURN", &reply.turn)])).await;

    assert_eq!(answer_of(&cancelled), "cancelled: Half of it");
    world.provider.wait_for_aborted(1).await;
    reply.until("[DONE]").await;
    assert_eq!(reply.heard.matches(r#""type":"abort""#).count(), 1);
    consult.api.wait_for_nexts(2).await;
}

/// C1: two environments of one function get the same request.
#[tokio::test]
async fn one_key_is_one_turn_in_two_environments() {
    let world = World::with(Script::new().say("Asked ").gate("rest").say("once.").finish()).await;
    let token = world.token("ada").await;
    let (one, two) = (Function::start(&world, "consult").await, Function::start(&world, "consult").await);
    let question = event("consult", "a-question", &[("TOKEN", &token)]);
    let question = with_header(question, "Idempotency-Key", "the-same");

    let begin = |consult| StreamedReply::begin(consult, &question, in_a_minute());
    let (mut first, mut second) = futures::join!(begin(&one), begin(&two));
    world.provider.release("rest");

    assert_eq!((&first.turn, &first.session), (&second.turn, &second.session));
    first.until("once.").await;
    second.until("once.").await;
    assert_eq!(world.provider.calls().len(), 1);
    let other = with_body(question.clone(), &json!({ "text": "Something else?" }));
    let refused = one.answer(&other).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert!(refused.body.contains("idempotency_key_reused"));
}
