//! Schemathesis, which nobody here wrote, asks for everything that the contract promises and for much that it
//! forbids, and finds nothing that is not as promised.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use shared::testing::{Process, Script, World};

/// A busy machine is slow, not wrong.
const PATIENCE: Duration = Duration::from_mins(15);

/// Signing out ends what the others need: somebody else does that.
const SIGNS_OUT: &str = "POST.*logout";

#[tokio::test]
async fn all_that_the_contract_promises_is_kept() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start_with(&[("PASSWORD_SIGN_IN", "on")]).await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let but_signing_out = ["--exclude-name-regex", SIGNS_OUT];
    // They lead nowhere.
    let signing_out = ["--include-name-regex", SIGNS_OUT, "--phases", "examples,coverage,fuzzing"];
    for (user, which) in [(ada, but_signing_out.as_slice()), (eve, &signing_out)] {
        println!("{}", run(&server.url, user.token(), which).await);
    }
}

/// What it says at the end.
async fn run(url: &str, token: &str, which: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().display().to_string();
    let mut command = Command::new(installed().join("bin/schemathesis"));
    let config = here().join("schemathesis.toml");
    command.current_dir(folder.path()).arg("--config-file").arg(config).arg("run").arg(format!("{url}/openapi.json"));
    command.args(["--url", url]).args(which);
    let hooks = here().display().to_string();
    let environment =
        [("TOKEN", token), ("HOME", &home), ("PYTHONPATH", &hooks), ("SCHEMATHESIS_HOOKS", "hooks"), ("NO_COLOR", "1")];
    let mut process = Process::spawn(command, environment);
    let ended = tokio::time::timeout(PATIENCE, async {
        while process.is_running() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        process.wait().await
    });
    let status = ended.await.unwrap_or_else(|_| panic!("it came to no end: {}", process.lines().join("\n")));
    let said = process.finished_lines().join("\n");
    assert!(status.success(), "{said}");
    said
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract")
}

fn installed() -> PathBuf {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv-contract");
    assert!(venv.is_dir(), "{} is missing: run `make test`", venv.display());
    venv
}
