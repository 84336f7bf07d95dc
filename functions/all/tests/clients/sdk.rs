//! What the stories of SDKs have in common.

use std::future::Future;

use serde_json::{Value, json};
use shared::testing::{Actor, CutProxy, Script, Server, World, eventually, text_of_message};

use crate::client::run;

/// How often a reply breaks for each client.
const CUTS: usize = 200;
/// A little more than what a reply has when it is read from the log: most are cut, anywhere in them.
const MAX_BYTES: u64 = 5_000;

/// A world, a process in it, and Ada.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) server: Server,
    pub(crate) ada: Actor,
}

impl Stage {
    pub(crate) async fn with(script: Script, settings: &[(&str, &str)]) -> Self {
        let world = World::with(script).await;
        let server = world.start_with(settings).await;
        let ada = server.actor("ada").await;
        Self { world, server, ada }
    }

    pub(crate) async fn run(&self, script: &str, task: &Value) -> Value {
        run(script, &self.server.url, &self.ada, task).await
    }

    pub(crate) async fn newest_session(&self) -> String {
        self.ada.sessions().await.first().expect("a session").clone()
    }

    /// `role status: text` for each message of the session that was active last.
    pub(crate) async fn newest_transcript(&self) -> Vec<String> {
        self.ada.transcript(&self.newest_session().await).await
    }

    /// The turn that is open in the newest session.
    pub(crate) async fn open_turn(&self) -> String {
        let session = self.ada.read(&format!("/sessions/{}", self.newest_session().await)).await;
        session["open_turn"].as_str().unwrap_or_else(|| panic!("no open turn: {session}")).to_owned()
    }
}

/// Runs both at once: what a client does, and what happens to it meanwhile.
pub(crate) async fn meanwhile<T>(client: impl Future<Output = T>, happens: impl Future<Output = ()>) -> T {
    futures::join!(client, happens).0
}

/// As many questions as it takes to break 200 replies, each asked under its own key until its answer has come whole:
/// it is what was stored, byte for byte, and nothing was asked twice.
pub(crate) async fn every_answer_comes_whole_through_a_proxy_that_cuts(script: &str, package: &str) {
    let words = (0..80).map(|n| format!("Grüße 👋🏽 {n}, \"{n}\"\n")).collect::<Vec<_>>().concat();
    // On a busy machine nobody takes a slow writer for a dead one.
    let stage = Stage::with(Script::says(&words), &[("TURN_LEASE_MS", "20000")]).await;
    let proxy = CutProxy::start(&stage.server.url, CUTS * 3 / 2, MAX_BYTES, 7).await;
    let questions: Vec<String> = (0..60).map(|n| format!("Question {n}?")).collect();
    let told = run(script, &proxy.url(), &stage.ada, &json!({ "package": package, "questions": questions })).await;
    assert!(proxy.cuts() >= CUTS, "{script} {package}: only {} cuts", proxy.cuts());
    assert_eq!(stage.world.provider.calls().len(), questions.len(), "{script}: each question is asked once");

    let sessions = stage.ada.sessions().await;
    assert_eq!(sessions.len(), questions.len(), "{script}: and stored once");
    for (session, at) in sessions.iter().rev().zip(0..) {
        let history = stage.ada.history(session).await;
        let stored: Vec<String> = history.iter().map(text_of_message).collect();
        assert_eq!(stored, [questions[at].clone(), words.clone()]);
        assert_eq!(told["answers"][at], stored[1], "{script} {package}: {}", questions[at]);
    }
}

/// Waits until the model has said this, wherever it is stored.
pub(crate) async fn is_being_answered(stage: &Stage) {
    eventually("an open answer", || (stage.world.provider.open_streams() > 0).then_some(())).await;
}
