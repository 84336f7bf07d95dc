//! A process that has answered much is no bigger than one that has answered little (the same over 100,000 turns:
//! `make bench`, group `flat`).

use std::fs;

use futures::{StreamExt, stream};
use shared::testing::{Actor, Script, Server, World};

const CONCURRENCY: usize = 10;

#[derive(Debug)]
struct Size {
    kib: usize,
    files: usize,
    threads: usize,
}

fn size(server: &Server) -> Size {
    let folder = format!("/proc/{}", server.process.pid());
    let status = fs::read_to_string(format!("{folder}/status")).unwrap();
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    let files = fs::read_dir(format!("{folder}/fd")).unwrap().count();
    Size { kib: line("VmRSS:"), files, threads: line("Threads:") }
}

async fn turns(ada: &Actor, count: usize) {
    let turns = (0..count).map(|_| async { assert_eq!(ada.ask("Hello?").await.text().await.len(), ANSWER) });
    stream::iter(turns).buffer_unordered(CONCURRENCY).collect::<Vec<_>>().await;
}

/// Five bytes a word.
const ANSWER: usize = 5 * 400;

#[tokio::test]
async fn hundreds_of_turns_leave_nothing_behind() {
    let world = World::with(Script::says(&"word ".repeat(400))).await;
    let server = world.start_with(&[("LOG_LEVEL", "warn")]).await;
    let ada = server.actor("ada").await;
    turns(&ada, 100).await;
    let before = size(&server);
    turns(&ada, 400).await;
    let after = size(&server);

    assert!(4 * after.kib < 5 * before.kib, "it grows: {before:?}, then {after:?}");
    assert!(after.files <= before.files + CONCURRENCY, "files stay open: {before:?}, then {after:?}");
    assert!(after.threads <= before.threads + 1, "threads stay: {before:?}, then {after:?}");
}
