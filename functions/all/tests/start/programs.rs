//! The programs beside the application, and what no setting can hold.

use std::process::Command;

use shared::testing::{Process, Script, World};

use crate::{assert_refused, on_a_laptop, on_cloud_run, owned, refusal};

#[tokio::test]
async fn a_token_is_refused_in_one_line() {
    let world = World::with(Script::says("Hello")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    std::fs::write(&file, "no key at all").unwrap();
    let name = format!("file:{}", file.display());
    let parts = ["token: TOKEN_KEY (file:", "it is no PKCS#8 PEM", "make a key: openssl genpkey"];
    assert_refused("token", on_a_laptop(&world, &[("TOKEN_KEY", &name)]), &parts).await;

    let mut command = Command::new(env!("CARGO_BIN_EXE_token"));
    command.arg("user:not a user");
    let line = refusal(Process::spawn(command, on_a_laptop(&world, &[]))).await;
    assert!(line.contains("NAME: ") && line.contains("user:<id>"), "{line}");
}

#[tokio::test]
async fn a_laptop_s_own_key_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token-key.pem"), "no key at all").unwrap();
    let settings = owned(&[("DATA_DIR", folder.path().to_str().unwrap()), ("PORT", "0")]);
    for program in ["all", "token", "login"] {
        let parts = ["TOKEN_KEY (file:", "token-key.pem): it is no PKCS#8 PEM", "openssl genpkey"];
        assert_refused(program, settings.clone(), &parts).await;
    }
}

#[tokio::test]
async fn the_embedded_database_is_for_a_laptop_only() {
    let world = World::with(Script::says("Hello")).await;
    assert_refused("dynamodb", on_cloud_run(&world, &[]), &["DATA_DIR: ", "for a laptop only"]).await;
}

#[tokio::test]
async fn health_says_who_does_not_answer() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_all"));
    command.arg("health");
    let line = refusal(Process::spawn(command, [("PORT", "1")])).await;
    assert!(line.contains("HOST, PORT: 127.0.0.1 port 1 is not healthy"), "{line}");
}

/// A shell, since a test's settings are text.
fn with_bytes(variable: &str) -> Process {
    let mut command = Command::new("sh");
    let script = format!("export {variable}=\"$(printf '\\377')\" && exec \"$0\"");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_all"));
    Process::spawn(command, [("DATA_DIR", "/sys/counsel")])
}

#[tokio::test]
async fn a_setting_that_is_no_text_is_named_and_another_s_variable_is_none_of_ours() {
    let line = refusal(with_bytes("SYSTEM_PROMPT")).await;
    assert!(line.contains("SYSTEM_PROMPT: must be text in UTF-8"), "{line}");
    let line = refusal(with_bytes("SOMEBODY_ELSE_S")).await;
    assert!(line.contains("DATA_DIR: "), "{line}");
}

#[tokio::test]
async fn a_system_without_certificates_is_named() {
    let world = World::with(Script::says("Hello")).await;
    let none = [("TLS_ROOTS", "system"), ("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/no/such/folder")];
    assert_refused("all", on_a_laptop(&world, &none), &["TLS_ROOTS: this system has no certificates"]).await;
}
