//! moto's server (PyPI): an AWS Secrets Manager that nobody here wrote.

use std::path::Path;
use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use shared::testing::{Actor, FaultProxy, Process, free_port, poll};

pub(crate) struct Moto {
    /// What the processes see; it can misbehave on demand.
    pub(crate) proxy: FaultProxy,
    client: Actor,
    _server: Process,
}

impl Moto {
    pub(crate) async fn start() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv-moto/bin/moto_server");
        assert!(program.is_file(), "no {}: run `make test`, which installs it", program.display());
        let port = free_port();
        let mut command = Command::new(program);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        let server = Process::spawn(command, [("PYTHONUNBUFFERED", "1")]);
        let url = format!("http://127.0.0.1:{port}");
        let client = Actor::new(&url, "");
        poll("moto", async || client.request(Method::GET, "/moto-api/").send().await.ok()).await;
        Self { proxy: FaultProxy::start(&url).await, client, _server: server }
    }

    /// What `aws secretsmanager …` does.
    pub(crate) async fn call(&self, operation: &str, body: Value) -> Value {
        let credential = "Credential=test/20261121/eu-central-1/secretsmanager/aws4_request";
        let request = self.client.request_without_token(Method::POST, "/").body(body.to_string());
        let request = request
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("secretsmanager.{operation}"))
            .header("authorization", format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=x"));
        let reply = request.send().await.expect("moto answers");
        let (status, text) = (reply.status(), reply.text().await.expect("text"));
        assert!(status.is_success(), "{operation}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// A new secret, or a new version of one: what was AWSCURRENT becomes AWSPREVIOUS.
    pub(crate) async fn put(&self, name: &str, value: &str) {
        let known = self.call("ListSecrets", json!({})).await;
        let is_known = known["SecretList"].as_array().expect("a list").iter().any(|secret| secret["Name"] == name);
        let (operation, key) = if is_known { ("PutSecretValue", "SecretId") } else { ("CreateSecret", "Name") };
        self.call(operation, json!({ key: name, "SecretString": value })).await;
    }

    /// The name that AWS gives a secret.
    pub(crate) async fn arn(&self, name: &str) -> String {
        let secret = self.call("DescribeSecret", json!({ "SecretId": name })).await;
        secret["ARN"].as_str().expect("an ARN").to_owned()
    }

    /// How the SDK in a process finds its way here.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let proxy = self.proxy.url();
        let all = [
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", proxy.as_str()),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }
}
