//! An answer is never lost (promises D1–D10).

use shared::testing::{Script, World};

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
