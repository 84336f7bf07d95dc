//! A manager that is away takes nothing from those who are in, and says when to come back to the others.

use reqwest::StatusCode;
use shared::testing::{Script, World, poll, problem};

use crate::Manager;
use crate::keys::{new_key, token};
use crate::managers::{actor, assert_silent};

#[tokio::test]
async fn once_the_key_was_read_its_manager_may_go_away() {
    for manager in Manager::both().await {
        let world = World::with(Script::says("Hello")).await;
        let key = new_key();
        manager.put("token-key", &key).await;
        let process = manager.spawn(&world);
        let ada = actor(&process, &token(&key).await).await;
        assert_eq!(ada.read("/me").await["user"], "ada");
        manager.set_away(true);
        assert_eq!(ada.read("/me").await["user"], "ada");
        assert_eq!(manager.reads(), 1);
    }
}

#[tokio::test]
async fn a_manager_that_is_away_at_first_means_503_until_it_is_back() {
    for manager in Manager::both().await {
        let world = World::with(Script::says("Hello")).await;
        let key = new_key();
        let token = token(&key).await;
        manager.put("token-key", &key).await;
        manager.set_away(true);
        let process = manager.spawn(&world);
        let ada = actor(&process, &token).await;
        process.wait_for_line("a secret could not be checked").await;
        let reply = ada.get("/me").await;
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(reply.headers().contains_key("retry-after"));
        assert_eq!(problem(reply).await["code"], "secret_unavailable");
        assert_silent(&process, &[&key, &token]);
        manager.set_away(false);
        poll("the manager", async || (ada.get("/me").await.status() == StatusCode::OK).then_some(())).await;
    }
}
