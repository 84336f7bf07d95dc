//! A holder of the signing key can make tokens: for a smoke test before anybody can sign in, and for a user who asks.

use reqwest::StatusCode;
use shared::testing::{Script, World, make_token};

use crate::keys::{new_key, token};
use crate::managers::{actor, spawn};

#[tokio::test]
async fn who_holds_the_key_makes_tokens_for_what_is_deployed_with_it() {
    let world = World::with(Script::says("Hello")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    std::fs::write(&file, new_key()).unwrap();
    let key = ("TOKEN_KEY".to_owned(), format!("file:{}", file.display()));
    let deployed = spawn(&world, [key.clone()]);
    let stranger = spawn(&world, [("TOKEN_KEY".to_owned(), new_key())]);

    let smoke = make_token("smoke", [key.clone()]).await;
    assert_eq!(actor(&deployed, &smoke).await.get("/me").await.status(), StatusCode::OK);
    assert_eq!(actor(&stranger, &smoke).await.get("/me").await.status(), StatusCode::UNAUTHORIZED);

    let ada = make_token("user:ada", [key]).await;
    let pem = std::fs::read_to_string(&file).unwrap();
    let own = actor(&deployed, &token(&pem).await).await.read("/me").await;
    assert_eq!(actor(&deployed, &ada).await.read("/me").await["user"], own["user"], "another user's token");
}
