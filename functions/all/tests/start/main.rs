//! A process that cannot start says so in one line, which names the setting and what cures it, and exits with 1.

mod folder;
mod functions;
mod models;
mod ports;
mod programs;
mod settings;

use shared::testing::{Process, World};

type Settings = Vec<(String, String)>;

fn owned(settings: &[(&str, &str)]) -> Settings {
    settings.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// On a laptop, over this world's store; the later settings win.
fn on_a_laptop(world: &World, settings: &[(&str, &str)]) -> Settings {
    [world.environment(), owned(&[("PORT", "0")]), owned(settings)].concat()
}

/// On Cloud Run, over this world's store.
fn on_cloud_run(world: &World, settings: &[(&str, &str)]) -> Settings {
    let key = format!("file:{}", world.token_key().display());
    let host = [("K_SERVICE", "counsel"), ("HOST", "127.0.0.1"), ("DATA_DIR", ""), ("TOKEN_KEY", &key)];
    [on_a_laptop(world, &host), owned(settings)].concat()
}

/// The line with which a process ends that cannot start.
async fn refusal(mut process: Process) -> String {
    let status = process.wait().await;
    let lines = process.finished_lines();
    assert_eq!((status.code(), lines.len()), (Some(1), 1), "{lines:#?}");
    for debris in ["panicked", "BACKTRACE", "Error(", "Error {", "Os {", "Some(", "Something went wrong"] {
        assert!(!lines[0].contains(debris), "{debris} in {}", lines[0]);
    }
    lines[0].clone()
}

async fn assert_refused(program: &str, settings: Settings, parts: &[&str]) {
    let line = refusal(Process::start(program, settings)).await;
    for part in parts {
        assert!(line.contains(part), "{part:?} is missing in {line}");
    }
}
