//! Back to an answer, on another machine, from any position (promise D7).

use futures::future::join_all;
use serde_json::{Value, json};
use shared::testing::{Actor, Script, SseFrame, StoreFault, Stream, World, endings_of, text_of};

/// A frame, or one character of it, and the position at which a reader has seen it.
type Unit = (u64, String);

/// Reasoning, text, a tool, text again: everything that an encoder has to remember.
fn first_step() -> Script {
    Script::new()
        .reason("Hm, ü.")
        .say("Ich ")
        .say("schaue 👀.")
        .calls_tool("call_1", "now", r#"{"zone":"UTC"}"#)
        .finish()
}

async fn frames(ada: &Actor, path: &str) -> Vec<SseFrame> {
    let reply = ada.get(path).await;
    assert_eq!(reply.status(), 200, "{path}");
    Stream::new(reply).rest().await
}

/// Deltas may be cut and joined on their way, so they are compared by the character.
fn units(frames: &[SseFrame]) -> Vec<Unit> {
    let (mut units, mut waiting) = (Vec::new(), Vec::new());
    for frame in frames {
        let characters = characters(&frame.json());
        let width = u64::from(characters.is_some());
        waiting.extend(characters.unwrap_or_else(|| vec![frame.data.clone()]));
        let Some(id) = frame.id else { continue };
        let count = waiting.len() as u64;
        units.extend((1..).zip(waiting.drain(..)).map(|(n, unit)| (id - (count - n) * width, unit)));
    }
    assert!(waiting.is_empty(), "frames without a position: {waiting:?}");
    units
}

/// The delta, a copy for each of its characters.
fn characters(data: &Value) -> Option<Vec<String>> {
    let places = ["/delta", "/inputTextDelta", "/delta/text", "/delta/thinking", "/delta/partial_json"];
    let place = places.into_iter().find(|place| data.pointer(place).is_some_and(Value::is_string))?;
    let copy = |character: char| {
        let mut data = data.clone();
        *data.pointer_mut(place)? = json!(character);
        Some(data.to_string())
    };
    data.pointer(place)?.as_str()?.chars().map(copy).collect()
}

fn after(whole: &[Unit], position: u64) -> &[Unit] {
    &whole[whole.partition_point(|(at, _)| *at <= position)..]
}

#[tokio::test]
async fn a_finished_answer_goes_on_from_every_position_at_another_process() {
    let world = World::with(Script::says("Es ist spät.")).await;
    let (server, other) = (world.start().await, world.start().await);
    for dialect in ["ui", "anthropic"] {
        world.provider.then(first_step());
        let ada = server.actor("ada").await;
        let live = ada.post(&format!("/consult?dialect={dialect}"), json!({ "text": "Wie spät ist es?" })).await;
        let path = format!("{}/stream", live.headers()["location"].to_str().unwrap());
        let whole = units(&Stream::new(live).rest().await);
        let end = whole.last().expect("an end").0;

        let ada = ada.at(&other);
        for position in 0..end {
            let rest = frames(&ada, &format!("{path}?dialect={dialect}&after={position}")).await;
            assert_eq!(units(&rest), after(&whole, position), "{dialect} after {position}");
        }
        let nothing = ada.get(&format!("{path}?dialect={dialect}&after={end}")).await;
        assert_eq!(nothing.status(), 204);
    }
}

#[tokio::test]
async fn a_live_answer_is_joined_at_every_position_at_every_process() {
    let world = World::with(Script::new().say("Es ist ").gate("rest").say("spät.").finish()).await;
    world.provider.then(first_step());
    let (server, other) = (world.start().await, world.start().await);
    let ada = server.actor("ada").await;
    let turn = ada.ask("Wie spät ist es?").await;
    let there = ada.at(&other);
    there.logged(&turn.id, "Es ist ").await;

    let path = format!("/turns/{}/stream", turn.id);
    let mut joined = Vec::new();
    for position in 0..60 {
        for reader in [&ada, &there] {
            joined.push((position, reader.resume(&turn.id, position).await));
        }
    }
    world.provider.release("rest");

    let whole = units(&turn.frames().await);
    let rests = join_all(
        joined.into_iter().map(|(position, reply)| async move { (position, units(&Stream::new(reply).rest().await)) }),
    );
    for (position, rest) in rests.await {
        assert_eq!(rest, after(&whole, position), "after {position}");
    }
    let header = there.request(reqwest::Method::GET, &path).header("last-event-id", "20").send().await.unwrap();
    assert_eq!(units(&Stream::new(header).rest().await), after(&whole, 20));
}

#[tokio::test]
async fn a_reader_elsewhere_outlasts_a_store_that_fails_for_a_while() {
    let world = World::with(Script::new().say("Before, ").gate("fault").say("after.").finish()).await;
    let lease = ("TURN_LEASE_MS", "20000");
    let server = world.start_with(&[lease]).await;
    let other = world.start_with(&[lease, ("DYNAMODB_ENDPOINT", &world.proxy.url())]).await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("Do you hear me?").await;
    let mut there = Stream::new(ada.at(&other).resume(&turn.id, 0).await);
    there.until("Before, ").await;

    world.proxy.set(StoreFault::Fail);
    other.process.wait_for_line("log cannot be read just now").await;
    world.provider.release("fault");
    assert_eq!(ada.ended(&turn.id).await["status"], "completed");
    world.proxy.clear();

    let rest = there.rest().await;
    assert_eq!((text_of(&rest), endings_of(&rest)), ("after.".to_owned(), vec!["finish".to_owned()]));
}
