//! What most bars need: a fake provider, a store in a process of its own, and one user's token.

use tempfile::TempDir;

use crate::{
    binaries::Binaries,
    client::BenchClient,
    provider,
    subject::{Subject, command},
};

pub(crate) struct Stage<'a> {
    binaries: &'a Binaries,
    folder: TempDir,
    provider: String,
    store: Subject,
    token: String,
}

impl<'a> Stage<'a> {
    pub(crate) async fn new(binaries: &'a Binaries) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = [("DATA_DIR", folder.path().display().to_string())];
        let store = Subject::start(&binaries.program("dynamodb"), &data).await;
        let provider = provider::start().await;
        let output = command(&binaries.program("token"), &data)
            .arg("bench")
            .stdout(std::process::Stdio::piped())
            .output()
            .expect("the token program runs");
        let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(!token.is_empty(), "the token program printed nothing");
        Self { binaries, folder, provider, store, token }
    }

    /// One of our programs as an HTTP server, over this store or a proxy before it.
    pub(crate) async fn start(&self, program: &str, store: &str) -> Subject {
        let settings = [
            ("DATA_DIR", self.folder.path().display().to_string()),
            ("DYNAMODB_ENDPOINT", store.to_owned()),
            ("OPENAI_BASE_URL", self.provider.clone()),
            ("OPENAI_API_KEY", "sk-bench".to_owned()),
        ];
        Subject::start(&self.binaries.program(program), &settings).await
    }

    pub(crate) async fn relay(&self) -> Subject {
        let settings = [("OPENAI_BASE_URL", self.provider.clone())];
        Subject::start(&self.binaries.example("relay"), &settings).await
    }

    pub(crate) fn store_url(&self) -> &str {
        &self.store.url
    }

    pub(crate) fn ask(&self, subject: &Subject) -> BenchClient {
        BenchClient::consult(&subject.url, &self.token)
    }

    pub(crate) fn ask_provider(&self) -> BenchClient {
        BenchClient::openai(&self.provider, "/chat/completions")
    }
}
