//! A world for stories: one store, any number of real processes over it, a model provider that follows a script.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::error::Error;
use crate::net::{Roots, http_client_builder};

use super::actor::Actor;
use super::process::{Process, binary};
use super::{FakeProvider, FaultProxy, Script};

/// Short, so that a story about a lost writer is short, too.
pub const LEASE_MS: u64 = 2_000;

/// The system chooses the port when the process binds it: one chosen before may be taken by then.
const ANY_PORT: (&str, &str) = ("PORT", "0");

pub struct World {
    pub provider: FakeProvider,
    /// In front of the store, for the processes that `start_behind_proxy` starts.
    pub proxy: FaultProxy,
    folder: TempDir,
    endpoint: String,
    _dynamodb: Process,
}

impl World {
    /// A store and a provider that follows this script.
    pub async fn with(script: Script) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the store");
        let data_dir = folder.path().display().to_string();
        let dynamodb = Process::start("dynamodb", [("DATA_DIR", data_dir.as_str()), ANY_PORT]);
        let endpoint = url_in(&dynamodb.wait_for_line("DynamoDB listens").await);
        let proxy = FaultProxy::start(&endpoint).await;
        Self { provider: FakeProvider::start(script).await, proxy, folder, endpoint, _dynamodb: dynamodb }
    }

    /// The environment that every process of this world has in common; the lease is short.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |name: &str, value: String| (name.to_owned(), value);
        vec![
            text("DATA_DIR", self.folder.path().display().to_string()),
            text("DYNAMODB_ENDPOINT", self.endpoint.clone()),
            text("OPENAI_BASE_URL", self.provider.base_url()),
            text("DEFAULT_MODEL", "openai:fake".to_owned()),
            text("TURN_LEASE_MS", LEASE_MS.to_string()),
        ]
    }

    /// Asks the store itself, past all of our code: `dynamodb("GetItem", …)`.
    pub async fn dynamodb(&self, operation: &str, body: &Value) -> Value {
        let client = http_client_builder(Roots::Builtin).and_then(|builder| builder.build().map_err(Error::internal));
        let request = client.expect("a client").post(&self.endpoint).body(body.to_string());
        let credential = "Credential=local/20261120/local/dynamodb/aws4_request";
        let reply = request
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-date", "20261120T000000Z")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("authorization", format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=x"))
            .send()
            .await
            .expect("the store answers");
        assert!(reply.status().is_success(), "{operation}: {}", reply.text().await.unwrap_or_default());
        reply.json().await.expect("JSON")
    }

    /// The key that signs the tokens of this world, once a process has started or a token was made.
    pub fn token_key(&self) -> PathBuf {
        self.folder.path().join("token-key.pem")
    }

    /// An access token of a local user of this world.
    pub async fn token(&self, name: &str) -> String {
        token_of(name, self.folder.path()).await
    }

    /// One more process over the same store.
    pub async fn start(&self) -> Server {
        self.start_with(&[]).await
    }

    pub async fn start_behind_proxy(&self) -> Server {
        self.start_with(&[("DYNAMODB_ENDPOINT", &self.proxy.url())]).await
    }

    /// One more process, some of its settings its own.
    pub async fn start_with(&self, settings: &[(&str, &str)]) -> Server {
        self.start_as(Command::new(binary("all")), settings).await
    }

    /// One that may open so many files and sockets.
    pub async fn start_with_files(&self, most: u32) -> Server {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -n {most} && exec \"$0\"")).arg(binary("all"));
        self.start_as(command, &[]).await
    }

    async fn start_as(&self, command: Command, settings: &[(&str, &str)]) -> Server {
        let mut environment = self.environment();
        environment.push((ANY_PORT.0.to_owned(), ANY_PORT.1.to_owned()));
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let process = Process::start_as(command, environment);
        let url = url_in(&process.wait_for_line("Counsel listens").await);
        Server { process, url, data_dir: self.folder.path().to_owned() }
    }
}

/// Where a process says that it listens.
fn url_in(line: &str) -> String {
    let port = line.rsplit(':').next().expect("an address ends with its port");
    format!("http://127.0.0.1:{port}")
}

/// A running process of ours.
pub struct Server {
    pub process: Process,
    pub url: String,
    data_dir: PathBuf,
}

impl Server {
    /// A local user of this world, as a client of this process.
    pub async fn actor(&self, name: &str) -> Actor {
        Actor::new(&self.url, &token_of(name, &self.data_dir).await)
    }
}

impl Actor {
    /// The same user at another process.
    pub fn at(&self, server: &Server) -> Self {
        self.at_url(&server.url)
    }
}

async fn token_of(name: &str, data_dir: &std::path::Path) -> String {
    make_token(name, [("DATA_DIR", data_dir.display().to_string())]).await
}

/// What `make token NAME=…` prints with these settings.
pub async fn make_token<K: AsRef<str>, V: AsRef<str>>(
    name: &str,
    settings: impl IntoIterator<Item = (K, V)>,
) -> String {
    let mut command = Command::new(binary("token"));
    command.arg(name);
    let mut printed = Process::spawn(command, settings);
    let token = printed.wait_for_line("ey").await;
    printed.wait().await;
    token
}
