//! An erasure outlives its worker, and comes to the same end.

use shared::testing::{FaultRule, Script, Server, StoreFault, World, eventually};

use super::{CANARY, EMAIL, Leaver, SOON, done, erase, nothing_is_left, server, with_everything};
use crate::registered::PASSWORDS_ON;

async fn world() -> (World, Server, Leaver) {
    let world = World::with(Script::says("An answer.")).await;
    let settings = [SOON, PASSWORDS_ON, ("DYNAMODB_ENDPOINT", &world.proxy.url())];
    let first = world.start_with(&settings).await;
    let ada = with_everything(&world, &first, EMAIL, CANARY).await;
    (world, first, ada)
}

/// Stops the worker at this call of its sweep, which is not made or whose reply is lost, and kills it there.
async fn killed_at(rule: impl Into<FaultRule>, operation: &str) {
    let (world, mut first, ada) = world().await;
    let receipt = erase(&ada).await;
    let before = world.proxy.count(operation);
    world.proxy.set(rule);
    eventually("the worker to get there", || (world.proxy.count(operation) > before).then_some(())).await;
    first.process.kill9();
    world.proxy.clear();

    let second = server(&world).await;
    let receipt = done(&second, &receipt).await;
    nothing_is_left(&world, &ada.user, EMAIL).await;
    // What was deleted and not yet written down is missing here, and nothing is there twice.
    let counted = |kind: &str| receipt["erased"][kind].as_u64().unwrap_or_default();
    assert!(counted("profile") == 1 && counted("message") <= 8 && counted("session") <= 4, "{receipt}");
}

#[tokio::test]
async fn killed_before_it_deletes_anything() {
    killed_at(StoreFault::Freeze.only("BatchWriteItem"), "BatchWriteItem").await;
}

#[tokio::test]
async fn killed_between_two_pages() {
    killed_at(StoreFault::Freeze.only("PutItem"), "PutItem").await;
}

#[tokio::test]
async fn killed_before_it_says_that_it_is_done() {
    killed_at(StoreFault::Freeze.only("TransactWriteItems"), "TransactWriteItems").await;
}

/// The process that took the wish dies with it.
#[tokio::test]
async fn killed_as_soon_as_it_has_begun() {
    let (world, mut first, ada) = world().await;
    let receipt = erase(&ada).await;
    first.process.kill9();
    let second = server(&world).await;
    done(&second, &receipt).await;
    nothing_is_left(&world, &ada.user, EMAIL).await;
}

#[tokio::test]
async fn a_store_that_throttles_holds_it_up_and_no_more() {
    for rule in [
        StoreFault::Throttle.times(40),
        StoreFault::Fail.times(40),
        StoreFault::DropReply.only("TransactWriteItems").times(2),
    ] {
        let (world, first, ada) = world().await;
        let receipt = erase(&ada).await;
        world.proxy.set(rule);
        done(&first, &receipt).await;
        nothing_is_left(&world, &ada.user, EMAIL).await;
    }
}

/// What a writer says who was cut off and comes back after everything was deleted goes with it.
#[tokio::test]
async fn a_writer_that_comes_back_afterwards_leaves_nothing() {
    let (world, cut_off, ada) = world().await;
    let other = server(&world).await;
    world.provider.then(Script::new().say(&format!("Half, {CANARY} ")).gate("rest").say("and whole.").finish());
    let mut turn = ada.actor.ask("Will this be kept?").await;
    turn.stream.until("Half").await;
    world.proxy.set(StoreFault::Freeze);

    let user = ada.user.clone();
    let receipt = erase(&Leaver { actor: ada.actor.at(&other), ..ada }).await;
    done(&other, &receipt).await;
    world.provider.release("rest");
    world.proxy.clear();

    turn.stream.rest().await;
    drop(cut_off);
    nothing_is_left(&world, &user, EMAIL).await;
}
