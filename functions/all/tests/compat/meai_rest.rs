//! meAI's front end keeps its conversations here: by numbers, by cookie, with and without a slash at the end.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::{Actor, Script, Server, World};

use crate::issuer::Issuer;
use crate::meai::{FRONT_END, cookies_of, from_page, held, sign_in, world_of};
use crate::registered::{json_of, nobody};
use crate::signing_key::SigningKey;

/// The front end in a browser that is signed in.
struct Page<'a> {
    server: &'a Server,
    cookies: String,
}

impl Page<'_> {
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = from_page(self.server, &self.cookies, method, path);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let reply = request.send().await.unwrap();
        assert_eq!(reply.headers()["access-control-allow-origin"], FRONT_END);
        (reply.status().as_u16(), json_of(reply).await)
    }

    async fn ok(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, told) = self.send(method, path, body).await;
        assert_eq!(status, 200, "{told}");
        told
    }

    async fn conversations(&self) -> Vec<u64> {
        let told = self.ok(Method::GET, "/conversations", None).await;
        let id = |one: &Value| one["conversation_id"].as_u64().unwrap();
        told["conversations"].as_array().unwrap().iter().map(id).collect()
    }

    /// The same user as a client of ours: the access token is what the cookie holds.
    fn as_actor(&self) -> Actor {
        let token = self.cookies.split("; ").find_map(|cookie| cookie.strip_prefix("counsel-access=")).unwrap();
        Actor::new(&self.server.url, token)
    }
}

fn fields(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn page<'a>(issuer: &Issuer, server: &'a Server) -> Page<'a> {
    let landed = sign_in(issuer, server).await;
    Page { server, cookies: held(&cookies_of(&landed)) }
}

async fn world() -> (Issuer, World, Server) {
    let issuer = Issuer::start(SigningKey::es256("one")).await;
    let (world, server) = world_of(&issuer).await;
    (issuer, world, server)
}

#[tokio::test]
async fn a_new_chat_is_made_named_filled_and_deleted() {
    let (issuer, world, server) = world().await;
    let page = page(&issuer, &server).await;
    assert_eq!(page.ok(Method::GET, "/conversations", None).await, json!({ "conversations": [] }));

    let made = page.ok(Method::POST, "/conversations", Some(json!({ "title": "New Conversation" }))).await;
    let expected = ["conversation_id", "created_at", "summary_text", "title", "updated_at", "user_id"];
    assert_eq!(fields(&made), BTreeSet::from(expected));
    let id = made["conversation_id"].as_u64().unwrap();
    assert!(id > 0 && id < 1 << 53, "JavaScript reads it as it is");
    let me = page.ok(Method::GET, "/auth/me", None).await;
    assert_eq!(made["user_id"], me["user_id"]);

    let named = page.ok(Method::PATCH, &format!("/conversations/{id}"), Some(json!({ "title": "Plans" }))).await;
    assert_eq!((&named["title"], &named["conversation_id"]), (&json!("Plans"), &json!(id)));
    let ada = page.as_actor();
    ada.ask_in(&id.to_string(), "Hello?").await.text().await;
    let told = page.ok(Method::GET, &format!("/conversations/{id}/messages"), None).await;
    let said: Vec<_> = told["messages"].as_array().unwrap().iter().collect();
    let line = |said: &&Value| (said["type"].clone(), said["content"].clone(), said["conversation_id"].clone());
    let expected = [(json!("Human"), json!("Hello?"), json!(id)), (json!("AI"), json!("Hello."), json!(id))];
    assert_eq!(said.iter().map(line).collect::<Vec<_>>(), expected);
    let expected = ["content", "conversation_id", "created_at", "message_id", "type", "user_id"];
    assert_eq!(fields(said[0]), BTreeSet::from(expected));
    assert!(said[0]["message_id"].as_u64() < said[1]["message_id"].as_u64() && said[1]["message_id"].is_u64());
    assert_eq!(page.conversations().await, [id]);

    let question = format!("/conversations/{id}/messages/{}", said[0]["message_id"]);
    page.ok(Method::DELETE, &question, None).await;
    assert_eq!(page.send(Method::DELETE, &question, None).await.0, 404);
    let left = page.ok(Method::GET, &format!("/conversations/{id}/messages/"), None).await;
    assert_eq!(left["messages"].as_array().unwrap().len(), 1);

    let gone = page.ok(Method::DELETE, &format!("/conversations/{id}"), None).await;
    assert!(gone["message"].is_string());
    assert_eq!(page.conversations().await, [0; 0]);
    let missing = page.send(Method::DELETE, &format!("/conversations/{id}"), None).await;
    assert_eq!(missing.0, 404, "the page takes it back");
    assert_eq!(missing.1["detail"], "There is no such conversation.");
    drop(world);
}

#[tokio::test]
async fn what_tools_did_has_rows_of_its_own() {
    let (issuer, world, server) = world().await;
    let page = page(&issuer, &server).await;
    let calls = Script::new().calls_tool("a", "now", "{}").calls_tool("b", "dig", "{}");
    world.provider.then(calls.finish_because("tool_calls")).then(Script::says("Noon."));
    let made = page.ok(Method::POST, "/conversations", Some(json!({ "title": "Time" }))).await;
    let id = made["conversation_id"].as_u64().unwrap();
    page.as_actor().ask_in(&id.to_string(), "What time is it?").await.text().await;
    let told = page.ok(Method::GET, &format!("/conversations/{id}/messages"), None).await;
    let rows = told["messages"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| &row["type"]).collect::<Vec<_>>(), ["Human", "Tool", "Tool", "AI"]);
    let content = |row: usize| rows[row]["content"].as_str().unwrap();
    assert!(
        rows.iter().any(|row| row["content"].as_str().unwrap().starts_with("[now] **now execution completed**\n\n"))
    );
    assert!(rows.iter().any(|row| row["content"] == "[dig] **dig failed.**\n\n\nError: There is no tool named dig."));
    assert_eq!(content(3), "Noon.");
    let ids: BTreeSet<_> = rows.iter().map(|row| row["message_id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), 4, "each has a number of its own");
    let answer = format!("/conversations/{id}/messages/{}", rows[3]["message_id"]);
    page.ok(Method::DELETE, &answer, None).await;
    let left = page.ok(Method::GET, &format!("/conversations/{id}/messages"), None).await;
    assert_eq!(left["messages"].as_array().unwrap().len(), 1, "its tools go with an answer");
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing_and_leads_nowhere_else() {
    let (issuer, _world, server) = world().await;
    let page = page(&issuer, &server).await;
    let made = page.ok(Method::POST, "/conversations/", Some(json!({ "title": "One" }))).await;
    let id = &made["conversation_id"];
    for slash in ["", "/"] {
        assert_eq!(page.ok(Method::GET, &format!("/conversations{slash}?x=1"), None).await["conversations"][0], made);
        page.ok(Method::PATCH, &format!("/conversations/{id}{slash}"), Some(json!({ "title": "One" }))).await;
        page.ok(Method::GET, &format!("/conversations/{id}/messages{slash}"), None).await;
        let preflight = nobody(&server).request_without_token(Method::OPTIONS, &format!("/conversations{slash}"));
        let preflight = preflight.header("origin", FRONT_END).header("access-control-request-method", "POST");
        let reply = preflight.header("access-control-request-headers", "content-type").send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::OK);
        assert_eq!(reply.headers()["access-control-allow-origin"], FRONT_END);
        assert_eq!(reply.headers()["access-control-allow-credentials"], "true");
    }
    assert_eq!(page.send(Method::GET, "/conversations//", None).await.0, 404, "one slash");
    page.ok(Method::DELETE, &format!("/conversations/{id}/"), None).await;
}

#[tokio::test]
async fn only_numbers_are_conversations_here() {
    let (issuer, _world, server) = world().await;
    let page = page(&issuer, &server).await;
    let ada = page.as_actor();
    let others = ["diary", "007", "0", "9007199254740992", "3f0c1f5e-6c1e-4a3c-9a77-0c0a3d9b8f11"];
    for id in others.into_iter().chain(["7"]) {
        ada.post("/sessions", json!({ "id": id })).await;
        ada.ask_in(id, "Hello?").await.text().await;
    }
    assert_eq!(page.conversations().await, [7], "what could not be named again is not shown");
    for id in others.into_iter().chain(["-1763683200042"]) {
        let one = format!("/conversations/{id}");
        let title = Some(json!({ "title": "Mine" }));
        assert_eq!(page.send(Method::PATCH, &one, title).await.0, 404, "{id}");
        assert_eq!(page.send(Method::DELETE, &one, None).await.0, 404, "{id}");
        assert_eq!(page.send(Method::GET, &format!("{one}/messages"), None).await.0, 404, "{id}");
        let message = ada.history("diary").await[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(page.send(Method::DELETE, &format!("{one}/messages/{message}"), None).await.0, 404, "{id}");
    }
    assert_eq!(ada.sessions().await.len(), 6);
}

#[tokio::test]
async fn refusals_have_a_detail_that_is_a_text() {
    let (issuer, _world, server) = world().await;
    let page = page(&issuer, &server).await;
    let made = page.ok(Method::POST, "/conversations", Some(json!({}))).await;
    let one = format!("/conversations/{}", made["conversation_id"]);
    for body in [json!({}), json!({ "title": "" }), json!({ "title": null })] {
        let (status, told) = page.send(Method::PATCH, &one, Some(body)).await;
        assert_eq!((status, &told["detail"]), (400, &json!("Title is required")));
    }
    let (status, told) = page.send(Method::PATCH, &one, Some(json!({ "title": "x".repeat(201) }))).await;
    assert!(status == 422 && told["detail"].is_string(), "{told}");

    let stranger = Page { server: &server, cookies: String::new() };
    let (status, told) = stranger.send(Method::GET, "/conversations", None).await;
    assert!(status == 401 && told["detail"].is_string(), "{told}");
    let (status, told) = Page { server: &server, cookies: page.cookies.clone() }
        .send(Method::GET, "/conversations/1/messages", None)
        .await;
    assert_eq!((status, &told["detail"]), (404, &json!("There is no such conversation.")));
    let foreign = nobody(&server).request_without_token(Method::DELETE, &one).header("cookie", &page.cookies);
    let foreign = foreign.header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN, "another site's page deletes nothing");
}

#[tokio::test]
async fn another_users_conversations_are_not_there() {
    let (issuer, _world, server) = world().await;
    let (page, eve) = (page(&issuer, &server).await, server.actor("eve").await);
    let made = page.ok(Method::POST, "/conversations", Some(json!({ "title": "Hers" }))).await;
    let one = format!("/conversations/{}", made["conversation_id"]);
    page.as_actor().ask_in(&made["conversation_id"].to_string(), "A secret?").await.text().await;
    for reply in [
        eve.patch(&one, json!({ "title": "Eve was here" })).await,
        eve.delete(&one).await,
        eve.get(&format!("{one}/messages")).await,
    ] {
        assert_eq!(reply.status(), StatusCode::NOT_FOUND);
        assert_eq!(json_of(reply).await["detail"], "There is no such conversation.");
    }
    assert_eq!(eve.read("/conversations").await, json!({ "conversations": [] }));
    let kept = page.ok(Method::GET, &format!("{one}/messages"), None).await;
    assert_eq!(kept["messages"].as_array().unwrap().len(), 2);
    assert_eq!(page.ok(Method::GET, "/conversations", None).await["conversations"][0]["title"], "Hers");
}
