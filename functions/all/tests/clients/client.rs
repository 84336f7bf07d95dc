//! A script that drives an official client: told what to do as JSON, it prints what came of it as one line of JSON.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use shared::testing::{Actor, Process};

/// A busy machine is slow, not wrong.
const TIMEOUT: Duration = Duration::from_mins(4);
const RESULT: &str = "result: ";

/// Runs a script of this folder (`.mjs` by Node.js, `.py` by Python) as this user against the server at `url`.
pub(crate) async fn run(script: &str, url: &str, user: &Actor, task: &Value) -> Value {
    let environment = [("URL", url), ("KEY", user.token()), ("TASK", &task.to_string()), ("NODE_ENV", "test")];
    let lines = lines_of(Process::spawn(command(script), environment), script).await;
    let result = lines.iter().rev().find_map(|line| line.strip_prefix(RESULT));
    let result = result.unwrap_or_else(|| panic!("{script} has no result:\n{}", lines.join("\n")));
    serde_json::from_str(result).expect("a result is JSON")
}

/// Waits until the script has printed a line that holds this.
pub(crate) async fn prints(process: &Process, part: &str) {
    let printed = tokio::time::timeout(TIMEOUT, async {
        while !process.lines().iter().any(|line| line.contains(part)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    printed.await.unwrap_or_else(|_| panic!("no line with {part:?}: {}", process.lines().join("\n")));
}

/// Waits until the script has ended well, and returns what it printed.
pub(crate) async fn lines_of(mut process: Process, script: &str) -> Vec<String> {
    let ended = tokio::time::timeout(TIMEOUT, async {
        while process.is_running() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process.wait().await
    });
    let status = ended.await.unwrap_or_else(|_| panic!("{script} came to no end: {}", process.lines().join("\n")));
    let lines = process.finished_lines();
    assert!(status.success(), "{script} ended with {status}:\n{}", lines.join("\n"));
    lines
}

/// What runs a script of this folder.
pub(crate) fn command(script: &str) -> Command {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = package.join("tests/clients");
    let (program, installed) = if Path::new(script).extension().is_some_and(|end| end == "py") {
        let venv = package.join("../../.venv-clients");
        (venv.join("bin/python"), venv)
    } else {
        ("node".into(), folder.join("node_modules"))
    };
    assert!(installed.is_dir(), "{} is missing: run `make test`", installed.display());
    let mut command = Command::new(program);
    command.arg(folder.join(script));
    command
}
