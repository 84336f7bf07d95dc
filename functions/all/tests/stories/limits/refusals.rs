//! Each refusal says what is wrong, in one shape, with a code that a program can rely on.

use std::fmt::Write;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use shared::testing::{Actor, Script, World, problem};

use crate::raw;

const MEGABYTE: usize = 1 << 20;

/// `what: status code "detail"` for each refused request.
async fn lines(requests: Vec<(&str, RequestBuilder)>) -> String {
    let mut lines = String::new();
    for (what, request) in requests {
        let reply: Response = request.send().await.expect("a reply");
        let body = problem(reply).await;
        let code = body["code"].as_str().unwrap();
        writeln!(lines, "{what}: {} {code} {}", body["status"], body["detail"]).unwrap();
    }
    lines
}

fn ask(ada: &Actor, body: impl Into<String>) -> RequestBuilder {
    ask_at(ada, "/consult", body)
}

fn ask_at(ada: &Actor, path: &str, body: impl Into<String>) -> RequestBuilder {
    ada.request(Method::POST, path).header("content-type", "application/json").body(body.into())
}

#[tokio::test]
async fn a_question_that_cannot_be_used_is_refused_in_words_and_leaves_nothing() {
    let world = World::with(Script::says("Never said.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let nested = format!(r#"{{"parts":[{{"type":"text","text":{}}}]}}"#, "[".repeat(100_000));

    let refusals = lines(vec![
        ("no end", ask(&ada, r#"{"text": "no end"#)),
        ("nothing", ask(&ada, "")),
        ("more than one", ask(&ada, r#"{"text":"a"} {"text":"b"}"#)),
        ("no UTF-8", ask(&ada, "").body(b"{\"text\":\"\xff\xfe\"}".to_vec())),
        ("half a surrogate pair", ask(&ada, r#"{"text":"\ud83d"}"#)),
        ("deep", ask(&ada, nested)),
        ("a list", ask(&ada, "[]")),
        ("a list in the order of the fields", ask(&ada, r#" ["text", null, null, null, true]"#)),
        ("a word", ask(&ada, r#""text""#)),
        ("no text", ask(&ada, "{}")),
        ("null", ask(&ada, r#"{"text":null}"#)),
        ("a number", ask(&ada, r#"{"text":7}"#)),
        ("empty", ask(&ada, r#"{"text":""}"#)),
        ("blank", ask(&ada, r#"{"text":" \n\t"}"#)),
        ("twice", ask(&ada, r#"{"text":"a","text":"b"}"#)),
        ("text and parts", ask(&ada, r#"{"text":"a","parts":[{"type":"text","text":"b"}]}"#)),
        ("no parts", ask(&ada, r#"{"parts":[]}"#)),
        ("a picture", ask(&ada, r#"{"parts":[{"type":"image","url":"x"}]}"#)),
        ("too much thought", ask(&ada, r#"{"text":"a","reasoning":"extreme"}"#)),
        ("no tokens", ask(&ada, r#"{"text":"a","max_tokens":0}"#)),
        ("too hot", ask(&ada, r#"{"text":"a","temperature":2.5}"#)),
        ("no share", ask(&ada, r#"{"text":"a","top_p":0}"#)),
        ("five stops", ask(&ada, r#"{"text":"a","stop":["a","b","c","d","e"]}"#)),
        ("stream as a word", ask(&ada, r#"{"text":"a","stream":"yes"}"#)),
        ("a bad session", ask(&ada, r#"{"text":"a","session":"a b"}"#)),
        ("an unknown session", ask(&ada, r#"{"text":"a","session":"unknown"}"#)),
        ("an unknown model", ask(&ada, r#"{"text":"a","model":"oracle:delphi"}"#)),
        ("a model without a name", ask(&ada, r#"{"text":"a","model":"openai:"}"#)),
        ("an unknown dialect", ask_at(&ada, "/consult?dialect=latin", r#"{"text":"a"}"#)),
        ("an empty key", ask(&ada, r#"{"text":"a"}"#).header("idempotency-key", " ")),
        ("a long key", ask(&ada, r#"{"text":"a"}"#).header("idempotency-key", "k".repeat(256))),
        ("plain text", ada.request(Method::POST, "/consult").header("content-type", "text/plain").body("Hello?")),
        ("no content type", ada.request(Method::POST, "/consult").body(r#"{"text":"a"}"#)),
    ])
    .await;

    insta::assert_snapshot!(refusals, @r#"
    no end: 400 malformed_json "The body is no JSON: line 1, column 16."
    nothing: 400 malformed_json "The body is no JSON: line 1, column 0."
    more than one: 400 malformed_json "The body is no JSON: line 1, column 14."
    no UTF-8: 400 malformed_json "The body is no JSON: line 1, column 10."
    half a surrogate pair: 400 malformed_json "The body is no JSON: line 1, column 16."
    deep: 400 malformed_json "The body is no JSON: line 1, column 157."
    a list: 422 invalid "expected an object"
    a list in the order of the fields: 422 invalid "expected an object"
    a word: 422 invalid "expected an object"
    no text: 422 invalid "A question has a text, or parts."
    null: 422 invalid "A question has a text, or parts."
    a number: 422 invalid "text: expected a string"
    empty: 422 invalid "The question is empty."
    blank: 422 invalid "The question is empty."
    twice: 422 invalid "duplicate field `text`"
    text and parts: 422 invalid "Send text or parts, not both."
    no parts: 422 invalid "The question is empty."
    a picture: 422 invalid "parts[0]: missing field `media_type`"
    too much thought: 422 invalid "reasoning: expected one of `none`, `low`, `medium`, `high`"
    no tokens: 422 invalid "max_tokens is from 1 to 1000000."
    too hot: 422 invalid "temperature is from 0 to 2."
    no share: 422 invalid "top_p is above 0 and at most 1."
    five stops: 422 invalid "stop is at most 4 texts of 1 to 100 characters."
    stream as a word: 422 invalid "stream: expected a boolean"
    a bad session: 422 invalid "session: An id is 1 to 64 characters of A-Z a-z 0-9 _ -."
    an unknown session: 404 session_not_found "There is no such session."
    an unknown model: 422 unknown_model "This model cannot be asked here. There is: scripted, openai:<model>, openai-responses:<model>, ollama:<model>."
    a model without a name: 422 unknown_model "This model cannot be asked here. There is: scripted, openai:<model>, openai-responses:<model>, ollama:<model>."
    an unknown dialect: 400 unknown_dialect "There is no such dialect. There is: ui, anthropic, completions, responses, starter, agui, baid, blocks, words, chunks."
    an empty key: 400 bad_idempotency_key "An Idempotency-Key is 1 to 255 visible characters."
    a long key: 400 bad_idempotency_key "An Idempotency-Key is 1 to 255 visible characters."
    plain text: 415 not_json "Send JSON, with content-type application/json."
    no content type: 415 not_json "Send JSON, with content-type application/json."
    "#);
    assert!(world.items().await.is_empty(), "nothing was stored");
    assert!(world.provider.calls().is_empty(), "no model was asked");
}

#[tokio::test]
async fn a_request_for_something_else_is_refused_in_words() {
    let world = World::with(Script::says("An answer.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("Yes?").await;
    let (id, session) = (turn.id.clone(), turn.session.clone());
    turn.text().await;
    let before = world.items().await;
    let get = |path: &str| ada.request(Method::GET, path);
    let stream = format!("/turns/{id}/stream");
    let messages = format!("/sessions/{session}/messages");
    let title = |title: &str| ada.request(Method::POST, "/sessions").json(&json!({ "title": title }));

    let refusals = lines(vec![
        ("no such path", get("/nowhere")),
        ("no such path below", get("/sessions/1/messages/2/3")),
        ("no such method", ada.request(Method::PUT, "/sessions")),
        ("no such session", get("/sessions/1")),
        ("no such turn", get("/turns/1")),
        ("no such message", ada.request(Method::DELETE, &format!("{messages}/1"))),
        ("limit 0", get("/sessions?limit=0")),
        ("limit 101", get("/sessions?limit=101")),
        ("limit -1", get(&format!("{messages}?limit=-1"))),
        ("limit many", get(&format!("{messages}?limit=many"))),
        ("order up", get(&format!("{messages}?order=up"))),
        ("limit twice", get("/sessions?limit=1&limit=2")),
        ("a bad cursor", get("/sessions?cursor=AAAA")),
        ("a position in words", get(&format!("{stream}?after=start"))),
        ("a position below zero", get(&format!("{stream}?after=-1"))),
        ("a bad last event id", get(&stream).header("last-event-id", "x")),
        ("a dialect of no text", get(&format!("{stream}?dialect=%ff"))),
        ("an empty title", title("  ")),
        ("a long title", title(&"x".repeat(201))),
        ("a session that is there", ada.request(Method::POST, "/sessions").json(&json!({ "id": session }))),
    ])
    .await;

    insta::assert_snapshot!(refusals, @r#"
    no such path: 404 path_not_found "There is nothing at this path."
    no such path below: 404 path_not_found "There is nothing at this path."
    no such method: 405 method_not_allowed "This path does not know this method."
    no such session: 404 session_not_found "There is no such session."
    no such turn: 404 turn_not_found "There is no such turn."
    no such message: 404 message_not_found "There is no such message."
    limit 0: 422 invalid "limit is a number from 1 to 100."
    limit 101: 422 invalid "limit is a number from 1 to 100."
    limit -1: 422 invalid "limit is a number from 1 to 100."
    limit many: 422 invalid "limit is a number from 1 to 100."
    order up: 422 invalid "order is asc (oldest first) or desc."
    limit twice: 400 bad_query "A parameter of the query cannot be read."
    a bad cursor: 400 bad_cursor "This cursor does not belong to this list."
    a position in words: 400 bad_position "A position is the id of an event that was received."
    a position below zero: 400 bad_position "A position is the id of an event that was received."
    a bad last event id: 400 bad_position "A position is the id of an event that was received."
    a dialect of no text: 400 unknown_dialect "There is no such dialect. There is: ui, anthropic, completions, responses, starter, agui, baid, blocks, words, chunks."
    an empty title: 422 invalid "A title is 1 to 200 characters."
    a long title: 422 invalid "A title is 1 to 200 characters."
    a session that is there: 409 session_exists "There is a session with this id."
    "#);
    assert_eq!(world.items().await, before, "nothing changed");
}

#[tokio::test]
async fn a_field_that_cannot_be_used_is_named() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let refusal = problem(ada.post("/consult", json!({ "text": "Who?", "model": "oracle:delphi" })).await).await;
    insta::assert_json_snapshot!(refusal, @r#"
    {
      "code": "unknown_model",
      "detail": "This model cannot be asked here. There is: scripted, openai:<model>, openai-responses:<model>, ollama:<model>.",
      "errors": [
        {
          "detail": "This model cannot be asked here. There is: scripted, openai:<model>, openai-responses:<model>, ollama:<model>.",
          "field": "model"
        }
      ],
      "request_id": "[id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    let refusal = problem(ada.post("/consult", json!({ "parts": [{ "type": "text", "text": 7 }] })).await).await;
    insta::assert_json_snapshot!(refusal, @r#"
    {
      "code": "invalid",
      "detail": "parts[0]: expected a string",
      "errors": [
        {
          "detail": "parts[0]: expected a string",
          "field": "parts[0]"
        }
      ],
      "request_id": "[id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn without_a_proof_of_who_asks_there_is_nothing_but_401() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let eve = Actor::new(&server.url, "no.such.token");
    let stranger = |path: &str| eve.request_without_token(Method::GET, path);
    let basic = || stranger("/me").header("authorization", "Basic YWRhOmFkYQ==");
    for request in [
        stranger("/sessions"),
        stranger("/me").header("authorization", "Bearer"),
        stranger("/me").header("authorization", "Bearer "),
        stranger("/me").header("x-api-key", ""),
        basic(),
        eve.request(Method::GET, "/turns/1"),
        eve.request(Method::POST, "/consult").json(&json!({ "text": "Hello?" })),
        // Who asks comes first: what is asked for is nobody's business before.
        eve.request(Method::POST, "/consult").body("no JSON at all"),
    ] {
        let reply = request.send().await.unwrap();
        assert_eq!(reply.headers()["www-authenticate"], "Bearer");
        assert_eq!(problem(reply).await["code"], "unauthenticated");
    }
    let refusal: Value = problem(basic().send().await.unwrap()).await;
    insta::assert_json_snapshot!(refusal, @r#"
    {
      "code": "unauthenticated",
      "detail": "Send an access token or an API key as Bearer.",
      "request_id": "[id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_body_of_more_than_a_megabyte_is_refused_however_it_comes() {
    let world = World::with(Script::says("Read.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let body = |size: usize| json!({ "text": "x".repeat(size - r#"{"text":""}"#.len()) }).to_string();

    let refused = ask(&ada, body(MEGABYTE + 1)).send().await.unwrap();
    assert_eq!(problem(refused).await["code"], "too_large");
    assert!(unannounced(&server, &ada, &body(MEGABYTE + 1)).await.starts_with("HTTP/1.1 413 "));
    assert!(world.items().await.is_empty());

    assert_eq!(ask(&ada, body(MEGABYTE)).send().await.unwrap().status(), 200, "a megabyte is fine");
    assert!(unannounced(&server, &ada, &body(MEGABYTE)).await.starts_with("HTTP/1.1 200 "));
}

/// In pieces, so that nobody knows before how much will come.
async fn unannounced(server: &shared::testing::Server, ada: &Actor, body: &str) -> String {
    let mut request = format!(
        "POST /consult HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         connection: close\r\ntransfer-encoding: chunked\r\n\r\n",
        ada.token()
    );
    for piece in body.as_bytes().chunks(65_536) {
        write!(request, "{:x}\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).unwrap()).unwrap();
    }
    request += "0\r\n\r\n";
    raw::send(server, request.as_bytes()).await
}
