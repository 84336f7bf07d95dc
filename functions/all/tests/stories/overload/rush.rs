//! Twice as many ask as one process serves at once.

use std::fmt::Write;

use futures::future::join_all;
use futures::stream;
use reqwest::{Body, Method};
use serde_json::json;
use shared::testing::{Actor, AskedTurn, Script, Server, World, endings_of, problem, text_of};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PLACES: usize = 6;

fn in_two_parts() -> Script {
    Script::new().say("Begun, ").gate("rest").say("then \"told\":\r\n\r\n👋🏽 data: x\n").finish()
}

const WHOLE: &str = "Begun, then \"told\":\r\n\r\n👋🏽 data: x\n";

/// A turn of which the first words have been read.
async fn begin(ada: &Actor) -> AskedTurn {
    let mut turn = ada.ask("Tell me all.").await;
    assert_eq!(turn.stream.until("Begun").await, "Begun, ");
    turn
}

/// Every place is taken, until the gate opens.
async fn full(world: &World) -> (Actor, Server, Vec<AskedTurn>) {
    let server = world.start_with(&[("MAX_REQUESTS", &PLACES.to_string())]).await;
    let ada = server.actor("ada").await;
    let begun = join_all((0..PLACES).map(|_| begin(&ada))).await;
    (ada, server, begun)
}

/// As many clients do it; the reply would be lost on a connection that was closed meanwhile.
async fn send_all_then_read(server: &Server) -> String {
    let mut socket = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    let body = "x".repeat(1 << 20);
    let head = format!("POST /consult HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    socket.write_all((head + &body).as_bytes()).await.unwrap();
    let mut reply = vec![0; 1024];
    let length = socket.read(&mut reply).await.unwrap();
    String::from_utf8_lossy(&reply[..length]).into_owned()
}

#[tokio::test]
async fn who_comes_too_late_hears_so_at_once_and_what_was_begun_is_told_whole() {
    let world = World::with(in_two_parts()).await;
    let (ada, server, begun) = full(&world).await;
    let before = world.items().await.len();

    let late = join_all((0..PLACES).map(|_| ada.post("/consult", json!({ "text": "And me?" })))).await;
    for reply in late {
        assert_eq!((reply.status().as_u16(), reply.headers()["retry-after"].to_str().unwrap()), (503, "2"));
        assert_eq!(problem(reply).await["code"], "overloaded");
    }
    assert_eq!((world.provider.calls().len(), world.items().await.len()), (PLACES, before), "nothing was begun");
    assert!(send_all_then_read(&server).await.starts_with("HTTP/1.1 503 "), "whoever is still sending hears it, too");
    for path in ["/", "/health", "/ready"] {
        assert_eq!(ada.get(path).await.status(), 200, "{path} is answered in any case");
    }

    world.provider.release("rest");
    for turn in begun {
        let rest = turn.frames().await;
        assert_eq!(format!("Begun, {}", text_of(&rest)), WHOLE);
        assert_eq!(endings_of(&rest), ["finish"]);
    }
    let again = join_all((0..PLACES).map(|_| async { ada.ask("And now?").await.text().await })).await;
    assert_eq!(again, vec![WHOLE; PLACES], "every place is free again");
}

/// Before a proof is looked at, and before a body has come.
#[tokio::test]
async fn every_door_says_so_in_its_own_words() {
    let world = World::with(in_two_parts()).await;
    let (_, server, _begun) = full(&world).await;
    let eve = Actor::new(&server.url, "no.such.token");
    let mut refusals = String::new();
    for path in [
        "/consult",
        "/v1/messages",
        "/v1/chat/completions",
        "/v1/responses",
        "/api/chat",
        "/api/turn_response",
        "/api/v1/conversations",
        "/nowhere",
    ] {
        let never = Body::wrap_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let request = eve.request(Method::POST, path).header("x-request-id", "late").body(never);
        let reply = request.send().await.unwrap();
        let header = |name: &str| reply.headers()[name].to_str().unwrap().to_owned();
        let (status, wait, kind) = (reply.status().as_u16(), header("retry-after"), header("content-type"));
        let body = reply.text().await.unwrap();
        writeln!(refusals, "{path}: {status}, after {wait} s, {kind}\n  {body}").unwrap();
    }
    insta::assert_snapshot!(refusals, @r#"
    /consult: 503, after 2 s, application/problem+json
      {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too much is being asked here just now. Nothing was begun; please ask again in a moment.","code":"overloaded","request_id":"late"}
    /v1/messages: 503, after 2 s, application/json
      {"error":{"message":"Too much is being asked here just now. Nothing was begun; please ask again in a moment.","type":"overloaded_error"},"request_id":"late","type":"error"}
    /v1/chat/completions: 503, after 2 s, application/json
      {"error":{"code":"overloaded","message":"Too much is being asked here just now. Nothing was begun; please ask again in a moment.","param":null,"type":"server_error"}}
    /v1/responses: 503, after 2 s, application/json
      {"error":{"code":"overloaded","message":"Too much is being asked here just now. Nothing was begun; please ask again in a moment.","param":null,"type":"server_error"}}
    /api/chat: 503, after 2 s, text/plain; charset=utf-8
      Too much is being asked here just now. Nothing was begun; please ask again in a moment.
    /api/turn_response: 503, after 2 s, application/json
      {"error":"Too much is being asked here just now. Nothing was begun; please ask again in a moment."}
    /api/v1/conversations: 503, after 2 s, application/problem+json
      {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too much is being asked here just now. Nothing was begun; please ask again in a moment.","code":"overloaded","request_id":"late"}
    /nowhere: 503, after 2 s, application/problem+json
      {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too much is being asked here just now. Nothing was begun; please ask again in a moment.","code":"overloaded","request_id":"late"}
    "#);
}
