//! A real browser on a laptop: Debian's Chromium, driven by `browser.mjs`.

use std::{process::ExitStatus, time::Duration};

use shared::testing::{Process, Script, World};

use crate::provider::node;

/// Longer than `browser.mjs` has: it says what it was waiting for.
const TIMEOUT: Duration = Duration::from_mins(5);

#[tokio::test]
async fn a_real_browser_signs_in_stays_in_and_is_put_out_from_another() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start_with(&[("ACCESS_TOKEN_SECONDS", "2")]).await;
    let url = server.url.replace("127.0.0.1", "localhost");
    let home = tempfile::tempdir().unwrap();
    let home = home.path().display().to_string();
    let mut browser = Process::spawn(node("browser.mjs"), [("URL", url.as_str()), ("HOME", &home)]);
    let ended = tokio::time::timeout(TIMEOUT, end_of(&mut browser)).await.expect("the story comes to an end");
    assert!(ended.success(), "{}", browser.lines().join("\n"));
}

async fn end_of(browser: &mut Process) -> ExitStatus {
    while browser.is_running() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.wait().await
}
