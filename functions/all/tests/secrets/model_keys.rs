//! `MODEL_KEYS`, as the template gives it: one list of secrets, each named for its vendor.

use shared::testing::{Script, World};

use crate::keys::{new_key, token};
use crate::managers::{actor, assert_silent, spawn};
use crate::moto::Moto;
use crate::role::closed_provider;

fn set(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn a_vendor_is_asked_with_the_key_whose_secret_is_named_for_it() {
    let world = World::with(Script::new()).await;
    let (moto, ours, key) = (Moto::start().await, new_key(), "gsk_k3Jv9PqZr7wXb2LmN8sTyU4c");
    moto.put("counsel/mistral", "9PqZr7wXb2LmN8sTyU4ck3Jv").await;
    moto.put("counsel/groq", key).await;
    let keys = [moto.arn("counsel/mistral").await, moto.arn("counsel/groq").await].join(",");
    let (groq, asked) = closed_provider().await;
    let url = groq.url();
    let settings =
        [("TOKEN_KEY", &*ours), ("MODEL_KEYS", &keys), ("DEFAULT_MODEL", "groq:llama"), ("GROQ_BASE_URL", &url)];
    let settings = settings.map(|(name, value)| set(name, value));

    let process = spawn(&world, moto.environment().into_iter().chain(settings));
    let ada = actor(&process, &token(&ours).await).await;
    ada.ask("Who are you?").await.text().await;

    assert_eq!(asked.lock().unwrap()[0]["authorization"], format!("Bearer {key}"));
    assert_silent(&process, &[key]);
}

#[tokio::test]
async fn a_key_of_no_vendor_stops_the_start_with_one_line() {
    let world = World::with(Script::new()).await;
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:counsel/grok-AbCdEf";
    let vendors = "MODEL_KEYS: number 1: the secret's name must end with its vendor, one of openai, anthropic, gemini";
    let name = "MODEL_KEYS: number 1: give the name of a secret";
    for (keys, why) in [(arn, vendors), ("gsk_k3Jv9PqZr7wXb2LmN8sTyU4c", name)] {
        let mut process = spawn(&world, [set("MODEL_KEYS", keys)]);
        assert!(!process.wait().await.success(), "it started with {keys}");
        assert!(process.wait_for_line("MODEL_KEYS").await.contains(why), "{:?}", process.lines());
        assert_silent(&process, &[keys]);
    }
}
