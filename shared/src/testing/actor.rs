//! An actor: a user with a token and a client. Ada owns, Eve intrudes.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::canaries::{plant, plant_words};
use super::client;
use super::sse::{SseFrame, Stream};

#[derive(Clone)]
pub struct Actor {
    client: Client,
    url: String,
    token: String,
}

/// A turn that an actor has begun, and the stream in which it is answered.
pub struct AskedTurn {
    pub id: String,
    pub session: String,
    pub stream: Stream,
}

impl Actor {
    pub fn new(url: &str, token: &str) -> Self {
        plant(token);
        Self { client: client(), url: url.to_owned(), token: token.to_owned() }
    }

    /// The same user at another address.
    pub(super) fn at_url(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_without_token(method, path).bearer_auth(&self.token)
    }

    pub fn request_without_token(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.expect("a reply")
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        plant_words(&body);
        self.request(Method::POST, path).json(&body).send().await.expect("a reply")
    }

    pub async fn patch(&self, path: &str, body: Value) -> Response {
        plant_words(&body);
        self.request(Method::PATCH, path).json(&body).send().await.expect("a reply")
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.request(Method::DELETE, path).send().await.expect("a reply")
    }

    /// The JSON behind a path that is there.
    pub async fn read(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert!(reply.status().is_success(), "{path}: {} {}", reply.status(), reply.text().await.unwrap_or_default());
        reply.json().await.expect("JSON")
    }

    /// Asks in a new session.
    pub async fn ask(&self, text: &str) -> AskedTurn {
        self.consult(json!({ "text": text })).await
    }

    pub async fn ask_in(&self, session: &str, text: &str) -> AskedTurn {
        self.consult(json!({ "text": text, "session": session })).await
    }

    pub async fn consult(&self, body: Value) -> AskedTurn {
        AskedTurn::of(self.post("/consult", body).await).await
    }

    /// Asks under an idempotency key; the reply may be a refusal.
    pub async fn consult_with_key(&self, key: &str, body: &Value) -> Response {
        let request = self.request(Method::POST, "/consult").header("idempotency-key", key);
        request.json(body).send().await.expect("a reply")
    }

    /// Comes back to a turn after a position.
    pub async fn resume(&self, turn: &str, after: u64) -> Response {
        self.get(&format!("/turns/{turn}/stream?after={after}")).await
    }

    pub async fn cancel(&self, turn: &str) -> Response {
        self.request(Method::POST, &format!("/turns/{turn}/cancel")).send().await.expect("a reply")
    }

    /// Waits until this text stands in the turn's log, where every process finds it.
    pub async fn logged(&self, turn: &str, text: &str) {
        for _ in 0..1_000 {
            let turn = self.read(&format!("/turns/{turn}")).await;
            if turn["answer"].is_object() && text_of_message(&turn["answer"]).contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{text:?} was never stored");
    }

    /// The ids of the newest sessions, newest activity first.
    pub async fn sessions(&self) -> Vec<String> {
        let page = self.read("/sessions?limit=100").await;
        let sessions = page["data"].as_array().expect("a list");
        sessions.iter().map(|session| session["id"].as_str().expect("an id").to_owned()).collect()
    }

    /// The messages of a session, oldest first.
    pub async fn history(&self, session: &str) -> Vec<Value> {
        let page = self.read(&format!("/sessions/{session}/messages?limit=100")).await;
        page["data"].as_array().expect("a list").clone()
    }

    /// `role status: text` for each message of a session.
    pub async fn transcript(&self, session: &str) -> Vec<String> {
        self.history(session).await.iter().map(line).collect()
    }

    /// Waits until the turn has one of the ended states, and returns it.
    pub async fn ended(&self, turn: &str) -> Value {
        for _ in 0..1_000 {
            let turn = self.read(&format!("/turns/{turn}")).await;
            if turn["status"] != "running" {
                return turn;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("turn {turn} never ended");
    }
}

impl AskedTurn {
    /// The turn that this reply has begun to tell.
    pub async fn of(reply: Response) -> Self {
        assert_eq!(reply.status(), 200, "{}", reply.text().await.unwrap_or_default());
        let header = |name: &str| reply.headers()[name].to_str().expect("text").to_owned();
        let (location, session) = (header("location"), header("x-session-id"));
        let id = location.trim_start_matches("/turns/").to_owned();
        Self { id, session, stream: Stream::new(reply) }
    }

    /// Reads to the end: all frames of the answer.
    pub async fn frames(mut self) -> Vec<SseFrame> {
        self.stream.rest().await
    }

    /// Reads to the end: the text of the answer.
    pub async fn text(self) -> String {
        super::sse::text_of(&self.frames().await)
    }
}

/// The text of a message's parts, joined.
pub fn text_of_message(message: &Value) -> String {
    let parts = message["parts"].as_array().expect("parts");
    parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str()).collect()
}

fn line(message: &Value) -> String {
    let word = |name: &str| message[name].as_str().unwrap_or("?").to_owned();
    format!("{} {}: {}", word("role"), word("status"), text_of_message(message))
}
