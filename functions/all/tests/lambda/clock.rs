//! What a schedule asks for: nobody hears the answer, so a failure has to be one for the host.

use serde_json::json;
use shared::testing::{Script, StoreFault, World};

use crate::function::{Function, event};

#[tokio::test]
async fn a_tick_that_fails_is_a_failed_invocation_and_the_next_one_is_not() {
    let world = World::with(Script::new()).await;
    world.token("ada").await;
    let erase = Function::start_with(&world, "erase", &[("DYNAMODB_ENDPOINT", world.proxy.url())]).await;
    let tick = event("erase", "clock", &[]);

    world.proxy.set(StoreFault::Fail);
    let report = erase.api.invoke(&tick).error().await;
    assert_eq!(report["errorMessage"], json!("what the clock asked for has failed"));

    world.proxy.clear();
    assert_eq!(erase.answer(&tick).await.status, 204);
}
