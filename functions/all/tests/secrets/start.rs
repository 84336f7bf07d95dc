//! Empty, short, default and garbled secrets stop the start. The message names the variable, never the value.

use shared::testing::{Script, World};

use crate::Manager;
use crate::keys::new_key;
use crate::managers::spawn;

type Settings = Vec<(String, String)>;

fn set(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The process ends, complains about the variable, and shows nothing of the value.
async fn assert_refused(world: &World, settings: Settings, variable: &str, why: &str, value: &str) {
    let mut process = spawn(world, settings);
    let status = process.wait().await;
    let lines = process.finished_lines();
    assert_eq!((status.code(), lines.len()), (Some(1), 1), "{lines:#?}");
    assert!(lines[0].contains(variable) && lines[0].contains(why), "{variable}, {why}: {}", lines[0]);
    assert!(value.trim().is_empty() || !lines[0].contains(value.trim()), "{}", lines[0]);
}

/// A public half, or half a key, is no key.
fn bad_keys() -> [(String, &'static str); 8] {
    let key = new_key();
    [
        (" \n".to_owned(), "it is empty"),
        ("changeme".to_owned(), "it is a default value"),
        ("q8Zr".to_owned(), "it is no PKCS#8 PEM"),
        ("k3Jv9-PqZr7w-Xb2LmN8sTyU4cDfGh1E".to_owned(), "it is no PKCS#8 PEM"),
        (key.replace("PRIVATE", "PUBLIC"), "it is no PKCS#8 PEM"),
        (key.replace("K2Vw", "K2Vu"), "it is no Ed25519 key"),
        (key.replace("PRIVATE KEY", "EC PRIVATE KEY"), "it is no PKCS#8 PEM"),
        (format!("{key}and more"), "it is no PKCS#8 PEM"),
    ]
}

#[tokio::test]
async fn a_bad_signing_key_stops_the_start_wherever_it_is_kept() {
    let world = World::with(Script::says("Hello")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    let managers = Manager::both().await;
    for (value, why) in bad_keys() {
        // An empty variable is an unset one: it has no value to be bad.
        if !value.trim().is_empty() {
            assert_refused(&world, vec![set("TOKEN_KEY", &value)], "TOKEN_KEY", why, &value).await;
        }
        let named = vec![set("TOKEN_KEY", "env:OUR_KEY"), set("OUR_KEY", &value)];
        assert_refused(&world, named, "TOKEN_KEY (env:OUR_KEY)", why, &value).await;
        std::fs::write(&file, &value).unwrap();
        let name = format!("file:{}", file.display());
        assert_refused(&world, vec![set("TOKEN_KEY", &name)], "TOKEN_KEY (file:", why, &value).await;
        for manager in &managers {
            manager.put("bad-key", &value).await;
            let name = manager.name("bad-key");
            let settings = [manager.environment(), vec![set("TOKEN_KEY", &name)]].concat();
            assert_refused(&world, settings, &format!("TOKEN_KEY ({name})"), why, &value).await;
        }
    }
}

#[tokio::test]
async fn a_secret_that_is_not_there_stops_the_start() {
    let world = World::with(Script::says("Hello")).await;
    let mut names = vec![("env:NO_SUCH_KEY".to_owned(), vec![]), ("file:/no/such/key".to_owned(), vec![])];
    let managers = Manager::both().await;
    names.extend(managers.iter().map(|manager| (manager.name("no-such-key"), manager.environment())));
    for (name, mut settings) in names {
        settings.push(set("TOKEN_KEY", &name));
        assert_refused(&world, settings, "TOKEN_KEY", "it is not there; name one that this process can read", "").await;
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_stops_the_start() {
    let world = World::with(Script::says("Hello")).await;
    // The last one is there, and fails whoever reads it.
    for (file, why) in [("/tmp", "it is a folder; make a key"), ("/proc/self/mem", "Input/output error")] {
        assert_refused(&world, vec![set("TOKEN_KEY", &format!("file:{file}"))], "TOKEN_KEY (file:", why, "").await;
    }
}

#[tokio::test]
async fn the_other_secrets_are_held_to_their_rules_too() {
    let world = World::with(Script::says("Hello")).await;
    let openai = |key: &str| vec![set("OPENAI_BASE_URL", ""), set("OPENAI_API_KEY", key)];
    let google = |secret: &str| vec![set("GOOGLE_CLIENT_ID", "counsel"), set("GOOGLE_CLIENT_SECRET", secret)];
    let provider = |secret: &str| {
        let list = r#"[{"name":"a","issuer":"https://a.example","client_id":"c","client_secret":"SECRET"}]"#;
        vec![set("OIDC_PROVIDERS", &list.replace("SECRET", secret))]
    };
    let trusted = |secret: &str| {
        let list = r#"[{"issuer":"https://b.example","audience":"a","secret":"SECRET"}]"#;
        vec![set("TRUSTED_ISSUERS", &list.replace("SECRET", secret))]
    };
    assert_refused(&world, openai("sk-7dQ2x"), "OPENAI_API_KEY", "it is too short", "sk-7dQ2x").await;
    let manual = "your-openai-api-key-comes-here";
    assert_refused(&world, openai(manual), "OPENAI_API_KEY", "it is a default value", manual).await;
    assert_refused(&world, google("GOCSPX-7dQ"), "GOOGLE_CLIENT_SECRET", "it is too short", "GOCSPX-7dQ").await;
    assert_refused(&world, provider("7dQ2xpLk"), "OIDC_PROVIDERS", "it is too short", "7dQ2xpLk").await;
    let short = "k3Jv9PqZr7wXb2LmN8sTyU4cDfGh1E_";
    assert_refused(&world, trusted(short), "TRUSTED_ISSUERS", "it is too short", short).await;
    let both = [openai("sk-7dQ2x"), provider("7dQ2xpLk")].concat();
    let second = "OPENAI_API_KEY (the value itself): it is too short; copy it whole from its issuer";
    assert_refused(
        &world,
        both,
        &format!("OIDC_PROVIDERS (the value itself): it is too short; copy it whole from its issuer. {second}"),
        "",
        "7dQ2xpLk",
    )
    .await;
}
