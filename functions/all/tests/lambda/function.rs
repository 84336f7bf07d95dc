//! A function's binary and its host, and events as they were recorded.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Map, Value, json};
use shared::testing::{Invocation, Process, RuntimeApi, World};

use crate::places;

/// Where browsers reach these functions.
pub(crate) const PUBLIC_URL: &str = "https://api.example.com";

/// A running function.
pub(crate) struct Function {
    pub(crate) api: RuntimeApi,
    pub(crate) process: Process,
    streams: bool,
}

/// What API Gateway would send on to the client.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    /// Each a `Set-Cookie` of its own.
    pub(crate) cookies: Vec<String>,
    pub(crate) body: String,
}

impl Function {
    pub(crate) async fn start(world: &World, name: &str) -> Self {
        Self::start_with(world, name, &[]).await
    }

    /// Some of its settings are its own.
    pub(crate) async fn start_with(world: &World, name: &str, settings: &[(&str, String)]) -> Self {
        let api = RuntimeApi::start().await;
        let mut environment = world.environment();
        // No laptop: the key is a secret by name, and there is no folder to keep data in.
        environment.retain(|(name, _)| name != "DATA_DIR");
        environment.extend(api.environment());
        let more = [
            ("TOKEN_KEY", format!("file:{}", world.token_key().display())),
            ("ALLOWED_ORIGINS", "https://app.example.com".to_owned()),
            ("PUBLIC_URL", PUBLIC_URL.to_owned()),
            ("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "1".to_owned()),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value)));
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Self {
            process: Process::start(name, environment),
            api,
            streams: ["consult", "export", "files"].contains(&name),
        }
    }

    pub(crate) async fn answer(&self, event: &Value) -> Answer {
        let mut invocation = self.api.invoke(event);
        if self.streams {
            let prelude = invocation.prelude().await;
            let headers = prelude.headers.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
            let body = invocation.text().await;
            return Answer { status: prelude.status, headers, cookies: prelude.cookies, body };
        }
        let reply = invocation.reply().await;
        let empty = Map::new();
        let headers = reply["multiValueHeaders"].as_object().unwrap_or(&empty);
        // A reader of `headers` would see one cookie only.
        assert!(reply["headers"]["set-cookie"].is_null(), "{reply}");
        let cookies = headers.get("set-cookie").and_then(Value::as_array).into_iter().flatten().map(plain).collect();
        Answer {
            status: reply["statusCode"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
            headers: headers.iter().map(|(name, values)| (name.clone(), plain(&values[0]))).collect(),
            cookies,
            body: plain(&reply["body"]),
        }
    }

    /// The JSON that answers an event which must succeed.
    pub(crate) async fn read(&self, event: &Value) -> Value {
        let answer = self.answer(event).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).expect("JSON")
    }
}

/// A question that is being answered by a streaming function.
pub(crate) struct StreamedReply {
    pub(crate) invocation: Invocation,
    pub(crate) turn: String,
    pub(crate) session: String,
    pub(crate) heard: String,
}

impl StreamedReply {
    pub(crate) async fn begin(consult: &Function, event: &Value, deadline: SystemTime) -> Self {
        let mut invocation = consult.api.invoke_until(event, deadline);
        let prelude = invocation.prelude().await;
        assert_eq!(prelude.status, 200, "{prelude:?}");
        let turn = plain(&prelude.headers["location"]).trim_start_matches("/turns/").to_owned();
        Self { invocation, turn, session: plain(&prelude.headers["x-session-id"]), heard: String::new() }
    }

    /// Listens until these words have come.
    pub(crate) async fn until(&mut self, words: &str) {
        while !self.heard.contains(words) {
            let chunk = self.invocation.next_chunk().await;
            let chunk = chunk.unwrap_or_else(|| panic!("it ended after {}", self.heard));
            self.heard += std::str::from_utf8(&chunk).expect("whole frames");
        }
    }
}

pub(crate) fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The recorded event, its placeholders filled.
pub(crate) fn event(function: &str, name: &str, fill: &[(&str, &str)]) -> Value {
    let text = places::read(&format!("events/{function}/{name}.json"));
    serde_json::from_str(&filled(text, fill)).expect("an event is JSON")
}

pub(crate) fn filled(text: String, fill: &[(&str, &str)]) -> String {
    fill.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

pub(crate) fn with_body(mut event: Value, body: &Value) -> Value {
    event["body"] = json!(body.to_string());
    event
}

pub(crate) fn with_header(mut event: Value, name: &str, value: &str) -> Value {
    event["headers"][name] = json!(value);
    event["multiValueHeaders"][name] = json!([value]);
    event
}
