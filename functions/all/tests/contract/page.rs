//! The page at `/docs`, in a real browser that reaches nothing but us.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use shared::testing::{Process, Script, World};

/// Longer than `page.mjs` has: it says what it was waiting for.
const TIMEOUT: Duration = Duration::from_mins(5);

#[tokio::test]
async fn a_real_browser_reads_the_page_and_asks_nobody_else() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path().display().to_string();
    let mut command = Command::new("node");
    // Beside the packages that it imports.
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sign_in/docs.mjs"));
    let mut browser = Process::spawn(command, [("URL", server.url.as_str()), ("HOME", &home)]);
    let ended = tokio::time::timeout(TIMEOUT, async {
        while browser.is_running() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        browser.wait().await
    });
    let ended = ended.await.expect("the browser comes to an end");
    assert!(ended.success(), "{}", browser.lines().join("\n"));
}
