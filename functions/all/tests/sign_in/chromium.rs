//! A real browser on a laptop: Debian's Chromium, driven by `browser.mjs`.

use shared::testing::{Process, Script, World};

use crate::provider::node;

#[tokio::test]
async fn a_real_browser_signs_in_stays_in_and_is_put_out_from_another() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start_with(&[("ACCESS_TOKEN_SECONDS", "2")]).await;
    let url = server.url.replace("127.0.0.1", "localhost");
    let home = tempfile::tempdir().unwrap();
    let home = home.path().display().to_string();
    let mut browser = Process::spawn(node("browser.mjs"), [("URL", url.as_str()), ("HOME", &home)]);
    let ended = loop {
        if !browser.is_running() {
            break browser.wait().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(ended.success(), "{}", browser.lines().join("\n"));
}
