//! A function behind (a fake of) Lambda's Runtime API, over real HTTP, in a process of its own.

mod answers;
mod breaks;
mod events;
mod function;
mod settling;

use std::process::Command;

use serde_json::{Value, json};
use shared::testing::{Process, RuntimeApi};

/// A running function and its host.
struct Lambda {
    api: RuntimeApi,
    process: Process,
}

impl Lambda {
    async fn streamed() -> Self {
        Self::start(&[("MODE", "streamed")]).await
    }

    async fn buffered() -> Self {
        Self::start(&[("MODE", "buffered")]).await
    }

    /// Starts this test program once more, to be the function.
    async fn start(more: &[(&str, &str)]) -> Self {
        let api = RuntimeApi::start().await;
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "function::serves_events", "--ignored", "--nocapture"]);
        let more = more.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let process = Process::spawn(command, api.environment().into_iter().chain(more));
        Self { api, process }
    }

    /// Shows that the process lives and takes the next event.
    async fn is_fine(&self) {
        let mut health = self.api.invoke(&get("/health"));
        assert_eq!(health.prelude().await.status, 200);
        assert_eq!(health.text().await, "fine");
    }
}

/// What API Gateway (REST) sends for a GET of `path` in the stage `prod`.
fn get(path: &str) -> Value {
    json!({
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": { "Host": "api.example.com", "X-Forwarded-Proto": "https" },
        "multiValueHeaders": { "Host": ["api.example.com"], "X-Forwarded-Proto": ["https"] },
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": "GET",
            "path": format!("/prod{path}"),
            "stage": "prod",
            "domainName": "api.example.com",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": { "sourceIp": "127.0.0.1" },
            "authorizer": null
        },
        "body": null,
        "isBase64Encoded": false
    })
}

/// What an HTTP API or a function URL sends.
fn get_v2(path: &str, route: &str, stage: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "host": "api.example.com" },
        "requestContext": {
            "apiId": "api",
            "stage": stage,
            "routeKey": route,
            "http": { "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1" }
        },
        "isBase64Encoded": false
    })
}
