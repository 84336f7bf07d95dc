//! Schemathesis, which nobody here wrote, asks for everything that the contract promises and for much that it
//! forbids, and finds nothing that is not as promised.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures::join;
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Cassette, Cassettes, Process, Script, World};

/// A busy machine is slow, not wrong.
const TIMEOUT: Duration = Duration::from_mins(15);

/// Half of all requests, at the same time as the other half.
const ASKING: &str =
    "POST /api/consult|POST /api/turn_response|/api/chat|/v1/(messages|chat|responses)| /(consult|turns)";

/// Signing out ends what the others need: somebody else does that.
const SIGNING_OUT: &str = "POST.*logout";

#[tokio::test]
async fn all_that_the_contract_promises_is_kept() {
    let world = World::with(Script::new()).await;
    let openai = Cassettes::start(Cassette::read("llm/openai_responses/cassettes/a-plain-answer.sse")).await;
    // Whom our tools ask is somewhere else, and answers.
    let reply = || async { Ok(answer(200, "application/json", r#"{"joke":"Hm.","results":[]}"#)) };
    let outside = Loopback::start(move |_| reply()).await;
    let (url, openai) = (outside.url(), openai.url());
    let settings = [
        ("PASSWORD_SIGN_IN", "on"),
        // A model whose provider runs all tools that a question may ask for.
        ("OPENAI_BASE_URL", &openai),
        ("DEFAULT_MODEL", "openai-responses:fake"),
        ("HOSTED_TOOLS", "web_search,file_search,code_interpreter,mcp"),
        ("WEATHER_URL", &url),
        ("GEOCODING_URL", &url),
        ("JOKE_URL", &url),
    ];
    let server = world.start_with(&settings).await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let others = format!("{ASKING}|{SIGNING_OUT}");
    let asking = ["--include-name-regex", ASKING];
    let others = ["--exclude-name-regex", &others];
    // They lead nowhere.
    let signing_out = ["--include-name-regex", SIGNING_OUT, "--phases", "examples,coverage,fuzzing"];
    let (asking, others, signing_out) = join!(
        run(&server.url, ada.token(), &asking),
        run(&server.url, ada.token(), &others),
        run(&server.url, eve.token(), &signing_out),
    );
    println!("{asking}\n{others}\n{signing_out}");
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
    let ended = tokio::time::timeout(TIMEOUT, async {
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
