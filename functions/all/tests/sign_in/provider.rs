//! oidc-provider from npm, as a process.

use std::path::Path;
use std::process::Command;

use reqwest::Client;
use serde_json::{Value, json};
use shared::testing::{Process, client};

pub(crate) const CLIENT: &str = "counsel-stories";
pub(crate) const CLIENT_SECRET: &str = "jX4vT9-nobody-else-knows-it-w8Qe2";

pub(crate) struct Provider {
    pub(crate) issuer: String,
    client: Client,
    _process: Process,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let process = Process::spawn(node("provider.mjs"), [("PORT", "0")]);
        let line = process.wait_for_line("the provider listens on").await;
        let issuer = line.rsplit(' ').next().expect("an address").to_owned();
        Self { issuer, client: client(), _process: process }
    }

    /// Lets our client sign users in here.
    pub(crate) async fn knows(&self, redirect_uris: &[String]) {
        self.knows_as(redirect_uris, &json!({})).await;
    }

    /// The same, some of the client's metadata its own.
    pub(crate) async fn knows_as(&self, redirect_uris: &[String], more: &Value) {
        let mut client = json!({ "client_id": CLIENT, "client_secret": CLIENT_SECRET, "redirect_uris": redirect_uris });
        client.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.control(json!({ "clients": [client] })).await;
    }

    /// From now on the provider does this wrong (`faults.mjs`).
    pub(crate) async fn fault(&self, fault: &str) {
        self.control(json!({ "fault": fault })).await;
    }

    pub(crate) async fn control(&self, change: Value) {
        let reply = self.client.post(format!("{}/control", self.issuer)).json(&change).send().await;
        assert!(reply.expect("a reply").status().is_success());
    }

    /// How often it was asked for this path.
    pub(crate) async fn asked(&self, path: &str) -> u64 {
        let reply = self.client.get(format!("{}/control", self.issuer)).send().await.expect("a reply");
        let asked: Value = reply.json().await.expect("JSON");
        asked[path].as_u64().unwrap_or_default()
    }
}

/// A script of this folder, with the packages that `make test` has put beside it.
pub(crate) fn node(script: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sign_in");
    assert!(folder.join("node_modules").is_dir(), "the packages of {} are missing: run `make test`", folder.display());
    let mut command = Command::new("node");
    command.arg("--no-warnings").arg(folder.join(script));
    command
}
