//! BAID's plug-in asks, goes on and looks back, in both of its generations.

use std::collections::BTreeSet;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use shared::testing::{Actor, AskedTurn, CutProxy, HeardBlocks, HeardLines, Script, World, poll};

use crate::registered::{json_of, nobody, register, start};

const ADA: &str = "ada@example.com";
/// Where each generation asks.
const MAY: &str = "/consult";
const JUNE: &str = "/api/consult";

async fn send(user: &Actor, path: &str, session: Option<(&str, &str)>, prompt: &str) -> reqwest::Result<Response> {
    let context = json!({
        "file_content": "fn main() {}", "file_path": "src/main.rs", "file_name": "main.rs", "is_open": true
    });
    let request = user.request(Method::POST, path).json(&json!({ "prompt": prompt, "context": context }));
    session.into_iter().fold(request, |request, (name, id)| request.header(name, id)).send().await
}

async fn ask(user: &Actor, path: &str, session: Option<&str>, prompt: &str) -> Response {
    let reply = send(user, path, session.map(|id| ("session_id", id)), prompt).await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    reply
}

async fn lines(reply: Response) -> HeardLines {
    HeardLines::of(&reply.text().await.unwrap())
}

async fn blocks(reply: Response) -> HeardBlocks {
    HeardBlocks::of(&reply.text().await.unwrap())
}

fn block(kind: &str, said: &str) -> (String, String) {
    (kind.to_owned(), said.to_owned())
}

/// Role and message, oldest first, as the plug-in previews a session.
async fn history(user: &Actor, session: &str) -> Vec<(String, String)> {
    let told = user.read(&format!("/history/{ADA}/{session}")).await;
    assert_eq!((&told["user_id"], &told["session_id"]), (&json!(ADA), &json!(session)));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let said = told["history"].as_array().unwrap().iter();
    said.map(|entry| (text(&entry["role"]), text(&entry["message"]))).collect()
}

fn said(role: &str, message: &str) -> (String, String) {
    block(role, message)
}

#[tokio::test]
async fn may_asks_and_goes_on_in_its_session() {
    let world = World::with(Script::says("Hello,\n\nAda {of} Graz. ")).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;

    let first = lines(ask(&ada, MAY, None, "Who am I?").await).await;
    assert_eq!((first.text.as_str(), first.done), ("Hello,  Ada {of} Graz. ", true));
    let session = first.session.unwrap();
    world.provider.then(Script::says("As before."));
    let second = lines(ask(&ada, MAY, Some(&session), "And now?").await).await;
    assert_eq!((second.text.as_str(), second.session.as_deref()), ("As before.", Some(session.as_str())));

    let told = world.provider.calls()[1].body["messages"].to_string();
    assert!(told.contains("Who am I?") && told.contains("fn main() {}") && told.contains("{of} Graz"), "{told}");
    let expected = [
        said("user", "Who am I?"),
        said("agent", "Hello,\n\nAda {of} Graz. "),
        said("user", "And now?"),
        said("agent", "As before."),
    ];
    assert_eq!(history(&ada, &session).await, expected);
    assert_eq!(ada.sessions().await, [session]);
}

#[tokio::test]
async fn june_is_told_blocks() {
    let answer = "# Plan\n\nTwo steps:\n- `a{`\n- b}\n\n```rust\nfn main() { x[0] }\n```\nDone.";
    let world = World::with(Script::says(answer)).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;
    let told = blocks(ask(&ada, JUNE, None, "How?").await).await;
    let expected = [
        block("heading 1", "Plan"),
        block("paragraph", "Two steps:"),
        block("list", "`a{`|b}"),
        block("code rust", "fn main() { x[0] }\n"),
        block("paragraph", "Done."),
    ];
    assert_eq!(told.blocks, expected);
    assert!(told.done);
    assert_eq!(history(&ada, &told.session.unwrap()).await, [said("user", "How?"), said("agent", answer)]);

    let otherwise = lines(ask(&ada, &format!("{JUNE}?dialect=baid"), None, "How?").await).await;
    assert_eq!(otherwise.text, answer.replace('\n', " "));
    let otherwise = blocks(ask(&ada, &format!("{MAY}?dialect=blocks"), None, "How?").await).await;
    assert_eq!(otherwise.blocks, expected);
}

#[tokio::test]
async fn a_session_that_the_plug_in_names_is_made_however_its_header_comes_through() {
    let world = World::with(Script::says("Hello.")).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;
    for name in ["session_id", "session-id", "x-session-id"] {
        for path in [MAY, JUNE] {
            let session = format!("from-{name}-{}", path.len());
            let reply = send(&ada, path, Some((name, &session)), "Hi").await.unwrap().text().await.unwrap();
            assert!(reply.contains(&format!("data: {{\"session_id\":\"{session}\"}}\n")), "{reply}");
            send(&ada, path, Some((name, &session)), "Hi").await.unwrap().text().await.unwrap();
            assert_eq!(history(&ada, &session).await.len(), 4);
        }
    }
    let other = send(&ada, MAY, Some(("session_id", "a#b")), "Hi").await.unwrap();
    assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
    // Who asks as our own clients do names the session in the body: a header says nothing.
    let ours = ada.request(Method::POST, MAY).header("x-session-id", "mine").json(&json!({ "text": "Hi" }));
    assert_ne!(AskedTurn::of(ours.send().await.unwrap()).await.session, "mine");
}

#[tokio::test]
async fn sessions_are_listed_newest_first_and_deleted() {
    let world = World::with(Script::says("Hello.")).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;
    let list = format!("/sessions/{ADA}");
    assert_eq!(ada.read(&list).await, json!({ "user_id": ADA, "sessions": [] }), "an empty list is no fault");
    for session in ["first", "second"] {
        lines(ask(&ada, MAY, Some(session), "Hi").await).await;
    }
    let told = ada.read(&format!("{list}/")).await;
    let sessions = told["sessions"].as_array().unwrap();
    let ids: Vec<_> = sessions.iter().map(|session| session["session_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["second", "first"]);
    let fields: BTreeSet<_> = sessions[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, BTreeSet::from(["created_at", "last_used_at", "session_id", "user_id"]));
    assert!(sessions[0]["last_used_at"].as_str().unwrap().ends_with('Z'), "a time with its offset: {told}");
    assert_eq!(ada.read("/sessions").await["data"].as_array().unwrap().len(), 2, "ours beside theirs");

    let reply = ada.delete(&format!("/sessions/{}/first", ADA.to_uppercase())).await;
    assert_eq!(json_of(reply).await, json!({ "message": "Session deleted successfully" }));
    assert_eq!(ada.sessions().await, ["second"]);
    assert_eq!(ada.delete(&format!("{list}/first")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ada.get(&format!("/history/{ADA}/first")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_users_address_is_as_good_as_none() {
    let world = World::with(Script::says("Her secret.")).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;
    let (eve, _) = register(&server, "eve@example.com").await;
    lines(ask(&ada, MAY, Some("diary"), "A secret?").await).await;
    for method in [Method::GET, Method::DELETE] {
        let told = async |path: &str| {
            let reply = eve.request(method.clone(), path).header("x-request-id", "same").send().await.unwrap();
            format!("{} {}", reply.status(), reply.text().await.unwrap())
        };
        let paths: &[&str] = if method == Method::GET {
            &["/history/{email}/{id}", "/sessions/{email}"]
        } else {
            &["/sessions/{email}/{id}"]
        };
        for path in paths {
            let at = |email: &str, id: &str| path.replace("{email}", email).replace("{id}", id);
            let nothing = told(&at("nobody@example.com", "nothing")).await;
            assert!(nothing.starts_with("404"), "{nothing}");
            assert_eq!(told(&at(ADA, "diary")).await, nothing, "{path}");
            if path.contains("{id}") {
                assert_eq!(told(&at("eve@example.com", "diary")).await, nothing, "{path}");
            }
        }
    }
    assert_eq!(eve.read("/sessions/eve@example.com").await["sessions"], json!([]));
    let hers = lines(ask(&eve, MAY, Some("diary"), "What did she ask?").await).await;
    assert_eq!(hers.session.as_deref(), Some("diary"));
    assert!(!world.provider.calls()[1].body.to_string().contains("A secret?"), "her own diary, an empty one");
    assert_eq!(history(&ada, "diary").await.len(), 2);
}

#[tokio::test]
async fn a_refusal_has_a_detail_that_is_a_text() {
    let world = World::with(Script::says("Never.")).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;
    for path in [MAY, JUNE] {
        for (body, status) in [(json!({ "prompt": " " }), 422), (json!({}), 422), (json!({ "prompt": 7 }), 422)] {
            let reply = ada.post(path, body).await;
            assert_eq!(reply.status(), status);
            assert!(json_of(reply).await["detail"].is_string(), "{path}");
        }
        let stranger = nobody(&server).post(path, json!({ "prompt": "Hi" })).await;
        assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
        assert!(json_of(stranger).await["detail"].is_string(), "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_says_so_and_names_its_session() {
    let world = World::with(Script::fails(500)).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;
    for (script, words) in [(Script::fails(401), ""), (Script::new().say("Half an ").resets(), "Half an")] {
        for path in [MAY, JUNE] {
            world.provider.then(script.clone());
            let reply = ask(&ada, path, None, "All of it?").await.text().await.unwrap();
            let (heard, told) = (HeardLines::of(&reply), HeardBlocks::of(&reply));
            let session = if path == MAY {
                assert!(heard.text.trim_start().starts_with(words) && heard.text.ends_with(']'), "{reply}");
                heard.session
            } else {
                let (kind, last) = told.blocks.last().unwrap();
                assert!(kind == "paragraph" && last.starts_with('['), "{reply}");
                assert!(words.is_empty() || told.blocks[0].1.starts_with(words), "{reply}");
                told.session
            };
            assert_eq!(reply.matches("[DONE]").count(), 1, "{reply}");
            assert!(!reply.contains("req_secret"), "{reply}");
            let kept = history(&ada, &session.unwrap()).await;
            assert_eq!(kept.len(), if words.is_empty() { 1 } else { 2 }, "{kept:?}");
        }
    }
}

#[tokio::test]
async fn a_cancelled_answer_ends_once() {
    let world = World::with(Script::new().say("Half of ").gate("rest").say("it.").finish()).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;
    for path in [MAY, JUNE] {
        let reply = ask(&ada, path, None, "All of it?").await;
        let turn = reply.headers()["location"].to_str().unwrap().trim_start_matches("/turns/").to_owned();
        ada.logged(&turn, "Half of").await;
        ada.cancel(&turn).await;
        let reply = reply.text().await.unwrap();
        assert_eq!(reply.matches("cancelled").count(), 1, "{reply}");
        assert!(reply.contains("Half of") && reply.ends_with("data: [DONE]\n\n"), "{reply}");
    }
}

#[tokio::test]
async fn what_a_killed_process_has_said_is_heard_from_another() {
    let world = World::with(Script::new().say("Kept for good. ").stalls()).await;
    for path in [MAY, JUNE] {
        let (mut server, other) = (start(&world).await, start(&world).await);
        let email = format!("{}@example.com", path.len());
        let (ada, _) = register(&server, &email).await;
        let reply = ask(&ada, path, None, "All of it?").await;
        let turn = reply.headers()["location"].to_str().unwrap().to_owned();
        ada.logged(turn.trim_start_matches("/turns/"), "Kept").await;
        server.process.kill9();

        let ada = ada.at(&other);
        assert_eq!(ada.ended(turn.trim_start_matches("/turns/")).await["status"], "interrupted");
        let dialect = if path == MAY { "baid" } else { "blocks" };
        let told = ada.get(&format!("{turn}/stream?dialect={dialect}")).await.text().await.unwrap();
        assert!(told.contains("Kept for good.") && told.contains("interrupted"), "{told}");
        assert!(told.ends_with("data: [DONE]\n\n") && told.matches("[DONE]").count() == 1, "{told}");
    }
}

/// The plug-in has no way to resume: what it missed it reads in the history.
#[tokio::test]
async fn wherever_a_stream_is_cut_history_has_the_whole_answer() {
    const CUTS: usize = 200;
    let answer: String = (0..60).map(|n| format!("t{n} ")).collect::<Vec<_>>().concat();
    let world = World::with(Script::tokens(60)).await;
    let server = start(&world).await;
    let (ada, _) = register(&server, ADA).await;
    let proxy = CutProxy::start(&server.url, CUTS, 800, 7).await;
    let far = Actor::new(&proxy.url(), ada.token());
    for cut in 0..CUTS {
        let (path, session) = (if cut % 2 == 0 { MAY } else { JUNE }, format!("cut-{cut}"));
        if let Ok(mut reply) = send(&far, path, Some(("session_id", &session)), "Count.").await {
            let mut heard = Vec::new();
            while let Ok(Some(piece)) = reply.chunk().await {
                heard.extend_from_slice(&piece);
            }
            let whole_lines = heard.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let heard = HeardLines::of(std::str::from_utf8(&heard[..whole_lines]).unwrap());
            assert!(path == JUNE || answer.starts_with(&heard.text), "{:?}", heard.text);
        }
        let whole = async || {
            let reply = ada.get(&format!("/history/{ADA}/{session}")).await;
            let told: Value = if reply.status().is_success() { json_of(reply).await } else { return None };
            told["history"][1]["message"].as_str().map(str::to_owned)
        };
        assert_eq!(poll("the whole answer", whole).await, answer, "{session}");
    }
    assert_eq!(proxy.cuts(), CUTS);
}
