//! A7: rotating the signing key in its manager logs nobody out.

use reqwest::StatusCode;
use serde_json::json;
use shared::testing::{Actor, Script, World, poll};

use crate::Manager;
use crate::keys::{new_key, token, tokens};
use crate::managers::{actor, assert_silent};

#[tokio::test]
async fn rotating_the_key_logs_nobody_out_at_running_and_at_new_processes() {
    for manager in Manager::both().await {
        let world = World::with(Script::says("Hello")).await;
        let (old, new) = (new_key(), new_key());
        let (before, after) = (token(&old).await, token(&new).await);
        manager.put("token-key", &old).await;

        let running = manager.spawn(&world);
        let ada = actor(&running, &before).await;
        assert_eq!(ada.read("/me").await["user"], "ada");
        for _ in 0..2 {
            assert!(ada.post("/sessions", json!({})).await.status().is_success());
        }
        let cursor = cursor(&ada).await;
        assert_eq!(key_of(&cursor, [&old, &new]).await, "old");

        manager.put("token-key", &new).await;
        // Somebody comes with a token that another process signed with the new key.
        let newer = actor(&running, &after).await;
        poll("the new key", async || (newer.get("/me").await.status() == StatusCode::OK).then_some(())).await;
        assert_eq!(ada.read("/me").await["user"], "ada", "her token was signed before the rotation");
        assert_eq!(key_of(&self::cursor(&ada).await, [&old, &new]).await, "new");

        let fresh = manager.spawn(&world);
        for token in [&before, &after] {
            assert_eq!(actor(&fresh, token).await.read("/me").await["user"], "ada");
        }
        let ada = actor(&fresh, &before).await;
        assert!(ada.get(&format!("/sessions?limit=1&cursor={cursor}")).await.status().is_success());
        assert_eq!(key_of(&self::cursor(&ada).await, [&old, &new]).await, "new");

        for process in [&running, &fresh] {
            let key_set = actor(process, "").await.read("/.well-known/jwks.json").await;
            assert_eq!(key_set["keys"].as_array().map(Vec::len), Some(2), "the new key and the old one: {key_set}");
        }

        let stranger = actor(&fresh, &token(&new_key()).await).await;
        assert_eq!(stranger.get("/me").await.status(), StatusCode::UNAUTHORIZED);
        assert!(manager.reads() <= 8, "{} reads", manager.reads());
        for process in [&running, &fresh] {
            assert_silent(process, &[&old, &new, &before, &after]);
        }
    }
}

/// What a process seals just now.
async fn cursor(ada: &Actor) -> String {
    ada.read("/sessions?limit=1").await["next_cursor"].as_str().expect("two sessions are two pages").to_owned()
}

/// Which of the two keys a process has sealed this with: the one that it signs with, too.
async fn key_of(cursor: &str, keys: [&str; 2]) -> &'static str {
    for (key, name) in keys.into_iter().zip(["old", "new"]) {
        if tokens(key).unseal("ada sessions", cursor).await.expect("an answer").is_some() {
            return name;
        }
    }
    "none"
}
