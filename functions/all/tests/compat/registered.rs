//! A user who has registered by e-mail and password: the shortest way to a login with a refresh token.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use shared::testing::{Actor, Server, World};

pub(crate) const PASSWORDS_ON: (&str, &str) = ("PASSWORD_SIGN_IN", "on");
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A process where passwords are good.
pub(crate) async fn start(world: &World) -> Server {
    world.start_with(&[PASSWORDS_ON]).await
}

/// Somebody who is not signed in.
pub(crate) fn nobody(server: &Server) -> Actor {
    Actor::new(&server.url, "nothing")
}

pub(crate) async fn send(server: &Server, what: &str, email: &str, password: &str) -> Response {
    let request = nobody(server).request_without_token(Method::POST, &format!("/api/v1/auth/{what}"));
    request.json(&json!({ "email": email, "password": password })).send().await.expect("a reply")
}

/// A new user, as a client, and what they were told.
pub(crate) async fn register(server: &Server, email: &str) -> (Actor, Value) {
    let reply = send(server, "register", email, PASSWORD).await;
    assert_eq!(reply.status(), 200, "{}", reply.text().await.unwrap());
    let told: Value = reply.json().await.unwrap();
    (Actor::new(&server.url, told["access_token"].as_str().unwrap()), told)
}

pub(crate) async fn json_of(reply: Response) -> Value {
    reply.json().await.expect("JSON")
}
