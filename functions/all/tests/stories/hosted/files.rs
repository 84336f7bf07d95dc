//! Files that code has made: linked where they are cited, read by their owner alone, as long as anybody has them.

use std::io;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use shared::identity::{LOCAL_ISSUER, user_id};
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Actor, Cassette, Cassettes, Server, StoreFault, World, poll, problem};
use tokio::sync::watch;

use super::{parts, recorded, start, world};

const LINK: &str = "/files/cfile_3";
const CONTENT: &str = "/containers/cntr_9/files/cfile_3/content";
const IMAGE: &[u8] = b"\x89PNG\r\n\x1a\n\x00 and so on";

/// What code has made lies there.
async fn openai() -> Cassettes {
    let openai = Cassettes::start(recorded("code-that-makes-a-file")).await;
    openai.hold(CONTENT, Cassette::of(IMAGE).typed("text/html"));
    openai
}

/// The session, once the answer is whole.
async fn ask(ada: &Actor) -> String {
    let tools = json!([{ "type": "code_interpreter" }]);
    let turn = ada.consult(json!({ "text": "Plot it.", "tools": tools })).await;
    let session = turn.session.clone();
    let frames = turn.frames().await;
    let sources = frames.iter().filter_map(|frame| serde_json::from_str::<Value>(&frame.data).ok());
    let links: Vec<_> = sources.filter(|part| part["type"] == "source-url").map(|part| part["url"].clone()).collect();
    assert_eq!(links, [LINK]);
    session
}

async fn downloaded(reply: Response) -> Bytes {
    assert_eq!(reply.status(), StatusCode::OK, "{}", reply.text().await.unwrap());
    reply.bytes().await.unwrap()
}

async fn refused(reply: Response) -> (u64, String) {
    let refused = problem(reply).await;
    (refused["status"].as_u64().unwrap(), refused["code"].as_str().unwrap().to_owned())
}

async fn files(world: &World) -> Vec<String> {
    world.keys().await.into_iter().filter(|key| key.contains("FILE#")).collect()
}

#[tokio::test]
async fn ada_gets_a_link_and_its_file_and_eve_finds_nothing_there() {
    let (world, openai) = (world().await, openai().await);
    let server = start(&world, &openai).await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let session = ask(&ada).await;
    let cited = parts(&ada.history(&session).await[1], "citation")[0].clone();
    let expected = json!({ "type": "citation", "url": LINK, "title": "plot.png", "file": "cntr_9/cfile_3" });
    assert_eq!(cited, expected);

    let reply = ada.get(LINK).await;
    let header = |name: &str| reply.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png", "its name says it, not its provider");
    assert_eq!(header("content-disposition"), "attachment; filename=\"plot.png\"; filename*=UTF-8''plot.png");
    assert_eq!((header("x-content-type-options"), header("cache-control")), ("nosniff".into(), "no-store".into()));
    assert!(header("content-security-policy").ends_with("; sandbox"));
    assert_eq!(downloaded(reply).await, IMAGE);
    let asked = openai.calls().last().unwrap().clone();
    assert_eq!(
        (asked.path.as_str(), &asked.headers["authorization"]),
        (CONTENT, &"Bearer key-of-the-story".parse().unwrap())
    );

    let asked = openai.calls().len();
    assert_eq!(refused(eve.get(LINK).await).await, (404, "file_not_found".to_owned()));
    assert_eq!(refused(ada.get("/files/cfile_4").await).await, (404, "file_not_found".to_owned()));
    assert_eq!(openai.calls().len(), asked, "the provider is not asked for a stranger");
}

#[tokio::test]
async fn a_file_goes_with_its_session() {
    let (world, openai) = (world().await, openai().await);
    let server = start(&world, &openai).await;
    let ada = server.actor("ada").await;
    let session = ask(&ada).await;
    assert_eq!(files(&world).await.len(), 1);
    ada.post("/sessions", json!({ "id": "other" })).await;
    ada.delete("/sessions/other").await;
    downloaded(ada.get(LINK).await).await;

    assert_eq!(ada.delete(&format!("/sessions/{session}")).await.status(), StatusCode::NO_CONTENT);

    assert_eq!(files(&world).await, [""; 0]);
    assert_eq!(refused(ada.get(LINK).await).await, (404, "file_not_found".to_owned()));
}

/// A session is gone for every reader first, and swept afterwards; its sweeper may die.
#[tokio::test]
async fn a_file_that_a_deleted_session_has_left_behind_is_not_there() {
    let (world, openai) = (world().await, openai().await);
    let server = start(&world, &openai).await;
    let ada = server.actor("ada").await;
    let session = ask(&ada).await;
    let key = json!({ "pk": { "S": format!("USER#{}", user_id(LOCAL_ISSUER, "ada")) }, "sk": { "S": "FILE#cfile_3" } });
    let left = world.dynamodb("GetItem", &json!({ "TableName": "counsel", "Key": key })).await["Item"].clone();
    ada.delete(&format!("/sessions/{session}")).await;
    world.put_item(&left).await;

    assert_eq!(refused(ada.get(LINK).await).await, (404, "file_not_found".to_owned()));
}

/// Cut off from the store, the writer learns of the file when its session has been deleted and swept.
#[tokio::test]
async fn a_writer_that_comes_back_after_the_deletion_leaves_no_file() {
    let world = world().await;
    let (openai, gate) = gated("code-that-makes-a-file", "event: response.output_text.annotation.added").await;
    let settings = [
        ("OPENAI_BASE_URL", openai.url()),
        ("DEFAULT_MODEL", "openai-responses:gpt-5.2".to_owned()),
        ("DYNAMODB_ENDPOINT", world.proxy.url()),
    ];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (cut_off, other) = (world.start_with(&settings).await, world.start().await);
    let ada = cut_off.actor("ada").await;
    let mut turn = ada.ask("Plot it.").await;
    turn.stream.until("Here it is.").await;

    world.proxy.set(StoreFault::Freeze);
    ada.at(&other).delete(&format!("/sessions/{}", turn.session)).await;
    gate.send_replace(true);
    world.proxy.clear();

    let rest = turn.stream.rest().await;
    assert!(rest.iter().any(|frame| frame.data.contains(LINK)), "the file was written down late");
    let none = async || files(&world).await.is_empty().then_some(());
    poll("the file to be gone", none).await;
}

/// A model whose stream waits there until the gate is opened.
async fn gated(cassette: &str, at: &str) -> (Loopback, watch::Sender<bool>) {
    let path = format!("{}/../../shared/src/llm/openai_responses/cassettes/{cassette}.sse", env!("CARGO_MANIFEST_DIR"));
    let recording = Bytes::from(std::fs::read(path).expect("a cassette"));
    let at = recorded(cassette).find(at).expect("such an event");
    let (gate, opened) = watch::channel(false);
    let server = Loopback::start(move |_| {
        let (first, rest, mut opened) = (recording.slice(..at), recording.slice(at..), opened.clone());
        async move {
            let rest = async move {
                opened.wait_for(|open| *open).await.map_err(io::Error::other)?;
                Ok::<_, io::Error>(rest)
            };
            let body = stream::iter([Ok(first)]).chain(stream::once(rest));
            Ok(answer(200, "text/event-stream", Body::from_stream(body)))
        }
    });
    (server.await, gate)
}

#[tokio::test]
async fn a_file_that_its_provider_does_not_give_is_explained() {
    let (world, openai) = (world().await, openai().await);
    let server = start(&world, &openai).await;
    let ada = server.actor("ada").await;
    ask(&ada).await;
    for (status, ours) in [
        (404, (410, "file_gone")),
        (401, (502, "model_refused_us")),
        (429, (502, "model_busy")),
        (500, (502, "model_unavailable")),
        (302, (502, "model_garbled")),
    ] {
        openai.hold(CONTENT, Cassette::refusal(status, None, r#"{"error":{"message":"canary-7f3a"}}"#));
        let told = problem(ada.get(LINK).await).await;
        assert_eq!((&told["status"], &told["code"]), (&json!(ours.0), &json!(ours.1)), "{status}");
        assert!(!told.to_string().contains("canary-7f3a"), "{told}");
    }
    drop(openai);
    assert_eq!(refused(ada.get(LINK).await).await, (502, "model_unreachable".to_owned()));
}

#[tokio::test]
async fn a_file_is_passed_on_up_to_a_size() {
    let (world, openai) = (world().await, openai().await);
    let first = start(&world, &openai).await;
    let ada = first.actor("ada").await;
    ask(&ada).await;
    for (says, megabytes) in [(true, 51), (false, 51), (false, 50)] {
        let holder = Loopback::start(move |_| async move {
            let piece = Bytes::from(vec![7; 1 << 20]);
            let pieces = stream::iter(0..megabytes).map(move |_| Ok::<_, io::Error>(piece.clone()));
            let mut reply = answer(200, "image/png", Body::from_stream(pieces));
            let length = says.then(|| (megabytes << 20).to_string().parse().unwrap());
            reply.headers_mut().extend(length.map(|length| (reqwest::header::CONTENT_LENGTH, length)));
            Ok(reply)
        })
        .await;
        let server = holding(&world, &holder).await;
        let reply = ada.at(&server).get(LINK).await;
        match (says, megabytes) {
            (true, _) => assert_eq!(refused(reply).await, (502, "file_too_large".to_owned())),
            (false, 50) => assert_eq!(downloaded(reply).await.len(), 50 << 20),
            (false, _) => assert!(reply.bytes().await.is_err(), "what is cut does not look whole"),
        }
    }
}

async fn holding(world: &World, holder: &Loopback) -> Server {
    let url = holder.url();
    world.start_with(&[("OPENAI_BASE_URL", url.as_str())]).await
}

/// The link was shown: it leads somewhere, whatever becomes of the process.
#[tokio::test]
async fn a_link_outlives_the_process_that_showed_it() {
    let (world, openai) = (world().await, openai().await);
    let recording = recorded("code-that-makes-a-file");
    let end = recording.find("event: response.output_text.done").expect("the answer's end");
    openai.then(recording.stalls_at(end));
    let mut server = start(&world, &openai).await;
    let ada = server.actor("ada").await;
    let mut turn = ada.consult(json!({ "text": "Plot it." })).await;
    while !turn.stream.next().await.expect("a link").data.contains(LINK) {}
    server.process.kill9();

    let server = start(&world, &openai).await;
    let ada = ada.at(&server);
    assert_eq!(downloaded(ada.get(LINK).await).await, IMAGE, "at once");
    assert_eq!(ada.ended(&turn.id).await["status"], "interrupted");
    assert_eq!(downloaded(ada.get(LINK).await).await, IMAGE, "and when somebody has closed the turn");
}

#[tokio::test]
async fn what_is_stored_of_a_turn_that_broke_off_holds_the_link() {
    let (world, openai) = (world().await, openai().await);
    let recording = recorded("code-that-makes-a-file");
    let end = recording.find("event: response.output_text.done").expect("the answer's end");
    openai.then(recording.stalls_at(end));
    let mut server = start(&world, &openai).await;
    let ada = server.actor("ada").await;
    let turn = ada.consult(json!({ "text": "Plot it." })).await;
    let log = async || ada.read(&format!("/turns/{}", turn.id)).await;
    poll("the link in the log", async || log().await.to_string().contains(LINK).then_some(())).await;
    server.process.kill9();

    let server = start(&world, &openai).await;
    let ada = ada.at(&server);
    assert_eq!(ada.ended(&turn.id).await["status"], "interrupted");
    assert_eq!(parts(&ada.history(&turn.session).await[1], "citation")[0]["url"], LINK);
    assert_eq!(downloaded(ada.get(LINK).await).await, IMAGE);
}

#[tokio::test]
async fn the_starter_app_reads_a_file_by_what_it_was_told_of_it() {
    let (world, openai) = (world().await, openai().await);
    let server = start(&world, &openai).await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    ask(&ada).await;
    let path = |query: &str| format!("/api/container_files/content?{query}");
    let whole = path("file_id=cfile_3&container_id=cntr_9&filename=..%2Fother.html");

    let reply = ada.get(&whole).await;
    assert_eq!(reply.headers()["content-type"], "image/png");
    assert_eq!(downloaded(reply).await, IMAGE);
    assert_eq!(downloaded(ada.get(&path("file_id=cfile_3")).await).await, IMAGE);
    let told = async |actor: &Actor, path: &str| {
        let reply = actor.get(path).await;
        (reply.status().as_u16(), reply.json::<Value>().await.unwrap())
    };
    let missing = (400, json!({ "error": "Missing file_id" }));
    assert_eq!(told(&ada, &path("container_id=cntr_9")).await, missing);
    assert_eq!(told(&ada, &path("file_id=")).await, missing);
    let none = (404, json!({ "error": "There is no such file." }));
    assert_eq!(told(&eve, &whole).await, none);
    assert_eq!(told(&ada, &path("file_id=cfile_3&container_id=cntr_of_somebody")).await, none);
    assert_eq!(told(&ada, &path("file_id=..%2Fx")).await, none);
    openai.hold(CONTENT, Cassette::refusal(500, None, "{}"));
    assert_eq!(told(&ada, &whole).await.0, 502);
    openai.hold(CONTENT, Cassette::refusal(404, None, "{}"));
    let (status, gone) = told(&ada, &whole).await;
    assert!(status == 410 && gone["error"].as_str().unwrap().starts_with("This file is gone."), "{status} {gone}");
}
