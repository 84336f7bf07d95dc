//! Answers and questions that no single item of the table could hold.

use std::fmt::Write;

use serde_json::json;
use shared::testing::{Actor, Script, Stream, World, text_of, text_of_message};

/// A text in which every place is different, with a character of two bytes on every border.
fn long_text(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        write!(text, "ß{number} ").unwrap();
    }
    text
}

/// Says it in pieces of about 16 KB, as fast as it goes.
fn says(text: &str) -> Script {
    let pieces = text.split_inclusive('ß').collect::<Vec<_>>();
    pieces.chunks(2_000).fold(Script::new(), |script, piece| script.say(&piece.concat())).finish()
}

/// The lengths first: nobody wants to read two megabytes in a failure.
fn is_whole(what: &str, found: &str, expected: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    assert!(found == expected, "{what} has other bytes");
}

async fn comes_back_whole(bytes: usize) {
    let answer = long_text(bytes);
    let world = World::with(says(&answer)).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;

    let turn = ada.ask("Tell me everything.").await;
    let (id, session) = (turn.id.clone(), turn.session.clone());
    let frames = turn.frames().await;
    is_whole("the stream", &text_of(&frames), &answer);

    for reader in [&ada, &ada.at(&two)] {
        is_whole("the history", &text_of_message(&reader.history(&session).await[1]), &answer);
        is_whole("the turn", &text_of_message(&reader.ended(&id).await["answer"]), &answer);
        let replay = Stream::new(reader.resume(&id, 0).await).rest().await;
        is_whole("the replay", &text_of(&replay), &answer);
    }
    let half = &frames[..frames.len() / 2];
    let position = half.iter().rev().find_map(|frame| frame.id).unwrap();
    let rest = Stream::new(ada.at(&two).resume(&id, position).await).rest().await;
    is_whole("both halves", &(text_of(half) + &text_of(&rest)), &answer);
}

#[tokio::test]
async fn an_answer_longer_than_an_item_comes_back_whole() {
    comes_back_whole(450_000).await;
}

#[tokio::test]
async fn an_answer_of_two_megabytes_comes_back_whole() {
    comes_back_whole(2_000_000).await;
}

#[tokio::test]
async fn a_question_longer_than_two_items_comes_back_whole_and_reaches_the_model_whole() {
    let question = long_text(900_000);
    let world = World::with(Script::new().say("Half").gate("rest").say(" read.").finish()).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    let mut turn = ada.ask(&question).await;
    turn.stream.until("Half").await;
    let (id, session) = (turn.id.clone(), turn.session.clone());

    asked_whole(&ada.at(&two), &id, &session, &question).await;
    world.provider.release("rest");
    turn.text().await;
    asked_whole(&ada.at(&two), &id, &session, &question).await;
    let body = world.provider.calls().pop().unwrap().body;
    let content = body["messages"].as_array().unwrap().last().unwrap()["content"].clone();
    assert!(content == json!(question), "the model reads it whole");
    assert!(ada.read(&format!("/sessions/{session}")).await["title"].as_str().unwrap().len() < 200);
}

async fn asked_whole(ada: &Actor, id: &str, session: &str, question: &str) {
    is_whole("the turn's question", &text_of_message(&ada.read(&format!("/turns/{id}")).await["question"]), question);
    is_whole("the history's", &text_of_message(&ada.history(session).await[0]), question);
}
