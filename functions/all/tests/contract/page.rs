//! The page at `/docs`, in a real browser.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use shared::testing::{Process, Script, Server, World};

/// Longer than `chromium.mjs` gives a script: it says what it was waiting for.
const TIMEOUT: Duration = Duration::from_mins(5);

#[tokio::test]
async fn a_real_browser_reads_the_page_and_asks_nobody_else() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let url = server.url.clone();
    browse(&server, "docs.mjs", &[("URL", &url)]).await;
}

#[tokio::test]
async fn a_reader_tries_operations_with_a_token_and_with_cookies() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let token = world.token("ada").await;
    // Where a browser takes cookies from a server without TLS.
    let url = server.url.replace("127.0.0.1", "localhost");
    browse(&server, "try_it.mjs", &[("URL", &url), ("TOKEN", &token)]).await;
}

/// Runs the script to its end.
async fn browse(_: &Server, script: &str, settings: &[(&str, &str)]) {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().display().to_string();
    let mut command = Command::new("node");
    // Beside the packages that it imports.
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sign_in").join(script));
    let mut browser = Process::spawn(command, [settings, &[("HOME", &home)]].concat());
    let ended = tokio::time::timeout(TIMEOUT, async {
        while browser.is_running() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        browser.wait().await
    });
    let ended = ended.await.expect("the browser comes to an end");
    assert!(ended.success(), "{}", browser.lines().join("\n"));
}
