//! Bedrock over a real socket: real frames with their checksums, written by the library that the SDK reads them with.

use std::io;
use std::sync::Mutex;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::*;
use crate::domain::{
    CallId, Media, MediaContent, Part, Role, Runner, StopReason, TextKind, ToolCall, ToolOutcome, Usage,
};
use crate::error::Error;
use crate::llm::playback::{collect, said, stop as stopped};
use crate::llm::{PromptMessage, ToolSpec};
use crate::net::Roots;
use crate::testing::loopback::{Loopback, in_pieces};

fn frame(message_type: &str, kind: &str, payload: &Value) -> Vec<u8> {
    let text = |name: &'static str, value: &str| Header::new(name, HeaderValue::String(value.to_owned().into()));
    let kind_name = if message_type == "event" { ":event-type" } else { ":exception-type" };
    let message = Message::new(payload.to_string())
        .add_header(text(":message-type", message_type))
        .add_header(text(kind_name, kind))
        .add_header(text(":content-type", "application/json"));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn event(kind: &str, payload: &Value) -> Vec<u8> {
    frame("event", kind, payload)
}

fn start(at: i32, start: &Value) -> Vec<u8> {
    event("contentBlockStart", &json!({ "contentBlockIndex": at, "start": start }))
}

fn delta(at: i32, delta: &Value) -> Vec<u8> {
    event("contentBlockDelta", &json!({ "contentBlockIndex": at, "delta": delta }))
}

fn stop(at: i32) -> Vec<u8> {
    event("contentBlockStop", &json!({ "contentBlockIndex": at }))
}

fn ended(reason: &str) -> Vec<u8> {
    event("messageStop", &json!({ "stopReason": reason }))
}

fn counted() -> Vec<u8> {
    let usage = json!({
        "inputTokens": 10, "outputTokens": 5, "totalTokens": 35, "cacheReadInputTokens": 16, "cacheWriteInputTokens": 4,
    });
    event("metadata", &json!({ "usage": usage, "metrics": { "latencyMs": 7 } }))
}

fn a_plain_answer() -> Vec<Vec<u8>> {
    let begin = event("messageStart", &json!({ "role": "assistant" }));
    let (one, two) = (delta(0, &json!({ "text": "Grüß dich, " })), delta(0, &json!({ "text": "Welt 👋" })));
    vec![begin, one, two, stop(0), ended("end_turn"), counted()]
}

type Requests = Arc<Mutex<Vec<(String, Value)>>>;

/// Serves these bytes in small pieces; what it was asked is kept.
async fn serve(status: u16, kind: &'static str, bytes: Vec<u8>, breaks: bool) -> (Loopback, Requests) {
    let heard = Requests::default();
    let ears = Arc::clone(&heard);
    let fake = Loopback::start(move |request| {
        let (ears, bytes) = (Arc::clone(&ears), bytes.clone());
        async move {
            let path = request.uri().to_string();
            let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
            ears.lock().unwrap().push((path, serde_json::from_slice(&body)?));
            Ok(in_pieces(status, kind, bytes, breaks))
        }
    })
    .await;
    (fake, heard)
}

async fn hear(fake: &Loopback, request: ModelRequest) -> (Vec<ModelEvent>, Option<Error>) {
    let bedrock = Bedrock::new(&Arc::new(Aws::new(Roots::Builtin)), Some(fake.url()));
    collect(bedrock.stream(request)).await
}

async fn ask(frames: &[Vec<u8>]) -> (Vec<ModelEvent>, Option<Error>) {
    let (fake, _) = serve(200, "application/vnd.amazon.eventstream", frames.concat(), false).await;
    hear(&fake, question()).await
}

/// What goes out for a request.
async fn sent(request: ModelRequest) -> Value {
    let bytes = a_plain_answer().concat();
    let (fake, heard) = serve(200, "application/vnd.amazon.eventstream", bytes, false).await;
    assert!(hear(&fake, request).await.1.is_none());
    let (path, body) = heard.lock().unwrap().remove(0);
    assert_eq!(path, "/model/anthropic.claude%3A0/converse-stream");
    body
}

fn question() -> ModelRequest {
    let messages = vec![user(vec![Part::text("Hi?")])];
    ModelRequest { model: "anthropic.claude:0".to_owned(), messages, ..ModelRequest::default() }
}

fn user(parts: Vec<Part>) -> PromptMessage {
    PromptMessage { role: Role::User, parts }
}

fn assistant(parts: Vec<Part>) -> PromptMessage {
    PromptMessage { role: Role::Assistant, parts }
}

#[tokio::test]
async fn a_plain_answer_is_whole_and_its_tokens_are_counted_cached_ones_included() {
    let (events, error) = ask(&a_plain_answer()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(said(&events, TextKind::Answer), "Grüß dich, Welt 👋");
    let (stop, usage) = stopped(&events);
    assert_eq!((stop, usage.input_tokens, usage.cached_tokens), (StopReason::Finished, Some(30), Some(16)));
    assert_eq!((usage.output_tokens, usage.reasoning_tokens), (Some(5), None));
}

#[tokio::test]
async fn a_stream_that_is_cut_between_frames_or_within_one_was_cut_off() {
    let frames = a_plain_answer();
    let until_stop: usize = frames[..4].iter().map(Vec::len).sum();
    for end in [frames[0].len(), frames[0].len() + 20, until_stop, until_stop + 5] {
        for breaks in [false, true] {
            let bytes = frames.concat()[..end].to_vec();
            let (fake, _) = serve(200, "application/vnd.amazon.eventstream", bytes, breaks).await;
            let (_, error) = hear(&fake, question()).await;
            let error = error.expect("cut");
            assert_eq!(error.code(), "model_cut_off", "cut at {end}, breaks {breaks}: {error}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_only_lacks_its_count_is_whole() {
    let (events, error) = ask(&a_plain_answer()[..5]).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(stopped(&events), (StopReason::Finished, Usage::default()));
}

#[tokio::test]
async fn a_frame_that_does_not_match_its_checksum_is_garbage() {
    let mut frames = a_plain_answer();
    let last = frames[2].len() - 9;
    frames[2][last] ^= 1;
    let (events, error) = ask(&frames).await;
    assert_eq!(said(&events, TextKind::Answer), "Grüß dich, ");
    assert_eq!(error.unwrap().code(), "model_garbled");
}

#[tokio::test]
async fn an_exception_in_the_stream_is_told_without_its_words() {
    for (exception, code) in [
        ("throttlingException", "model_busy"),
        ("serviceUnavailableException", "model_busy"),
        ("modelStreamErrorException", "model_failed"),
        ("validationException", "model_failed"),
        ("internalServerException", "model_failed"),
        ("unheardOfException", "model_failed"),
    ] {
        let mut frames = a_plain_answer()[..2].to_vec();
        frames.push(frame("exception", exception, &json!({ "message": "secret" })));
        let (events, error) = ask(&frames).await;
        assert_eq!(said(&events, TextKind::Answer), "Grüß dich, ");
        let error = error.unwrap();
        assert_eq!(error.code(), code, "{exception}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_before_the_first_token_is_asked_once_and_explained() {
    for (status, code) in [
        (400, "model_refused"),
        (403, "model_refused_us"),
        (404, "model_not_found"),
        (424, "model_unavailable"),
        (429, "model_busy"),
        (500, "model_unavailable"),
        (503, "model_unavailable"),
    ] {
        let body = br#"{"message":"secret"}"#.to_vec();
        let (fake, heard) = serve(status, "application/json", body, false).await;
        let error = hear(&fake, question()).await.1.unwrap();
        assert_eq!(error.code(), code, "{status}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert_eq!(heard.lock().unwrap().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let bedrock = Bedrock::new(&Arc::new(Aws::new(Roots::Builtin)), Some("http://127.0.0.1:1".to_owned()));
    let error = bedrock.stream(question()).next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), "model_unreachable");
}

#[tokio::test]
async fn reasoning_is_signed_and_calls_are_put_together() {
    let reasoning = |delta: &Value| json!({ "reasoningContent": delta });
    let (events, error) = ask(&[
        delta(0, &reasoning(&json!({ "text": "Hm." }))),
        delta(0, &reasoning(&json!({ "signature": "Eq" }))),
        delta(0, &reasoning(&json!({ "signature": "Qb" }))),
        stop(0),
        delta(1, &reasoning(&json!({ "redactedContent": "c2VjcmV0" }))),
        stop(1),
        start(2, &json!({ "toolUse": { "toolUseId": "tooluse_1", "name": "now" } })),
        delta(2, &json!({ "toolUse": { "input": "{\"zone\":" } })),
        delta(2, &json!({ "toolUse": { "input": "\"UTC\"}" } })),
        stop(2),
        ended("tool_use"),
        counted(),
    ])
    .await;
    assert!(error.is_none(), "{error:?}");
    let signature = |event: &ModelEvent| match event {
        ModelEvent::ReasoningSigned { signature, .. } => Some(signature.clone()),
        _ => None,
    };
    assert_eq!(events.iter().filter_map(signature).collect::<Vec<_>>(), ["EqQb", "redacted:c2VjcmV0"]);
    let call = ToolCall::new(CallId::from_provider("tooluse_1"), "now", json!({ "zone": "UTC" }));
    assert!(events.contains(&ModelEvent::ToolCalled { call }), "{events:?}");
    assert_eq!(stopped(&events).0, StopReason::ToolCalls);
}

#[tokio::test]
async fn what_bedrock_runs_itself_is_told_with_what_came_of_it() {
    let cited = json!({
        "citation": { "title": "Rome", "location": { "web": { "url": "https://x.test/" } } },
    });
    let (events, error) = ask(&[
        start(0, &json!({ "toolUse": { "toolUseId": "t", "name": "nova_grounding", "type": "server_tool_use" } })),
        stop(0),
        start(1, &json!({ "toolResult": { "toolUseId": "t", "status": "success" } })),
        delta(1, &json!({ "toolResult": [{ "text": "rain" }] })),
        stop(1),
        delta(2, &json!({ "text": "Rain." })),
        delta(2, &cited),
        stop(2),
        ended("end_turn"),
    ])
    .await;
    assert!(error.is_none(), "{error:?}");
    let theirs =
        |event: &ModelEvent| matches!(event, ModelEvent::ToolCalled { call } if call.runner == Runner::Provider);
    assert!(events.iter().any(theirs));
    let outcome = ToolOutcome { content: "rain".to_owned(), is_error: false };
    assert!(events.contains(&ModelEvent::ToolRan { call: CallId::from_provider("t"), outcome }));
    let url = |event: &ModelEvent| matches!(event, ModelEvent::Cited { citation } if citation.url.is_some());
    assert!(events.iter().any(url), "{events:?}");
}

#[tokio::test]
async fn a_stop_says_why_and_a_model_that_failed_has_failed() {
    for (reason, stop) in [
        ("max_tokens", StopReason::Length),
        ("guardrail_intervened", StopReason::Refused),
        ("content_filtered", StopReason::Refused),
        ("something_new", StopReason::Other),
    ] {
        assert_eq!(stopped(&ask(&[ended(reason)]).await.0).0, stop, "{reason}");
    }
    assert_eq!(ask(&[ended("malformed_model_output")]).await.1.unwrap().code(), "model_failed");
}

#[tokio::test]
async fn unknown_events_and_what_follows_the_end_add_nothing() {
    let mut frames = a_plain_answer();
    frames.insert(1, event("somethingNew", &json!({ "x": 1 })));
    frames.extend([delta(3, &json!({ "text": "more" })), ended("end_turn"), counted()]);
    assert_eq!(ask(&frames).await.0, ask(&a_plain_answer()).await.0);
}

#[tokio::test]
async fn steps_take_turns_and_every_use_is_followed_by_its_result() {
    let call = |id: &str| Part::ToolCall(ToolCall::new(CallId::from_provider(id), "now", json!({ "zone": "UTC" })));
    let result = |id: &str, is_error| {
        let outcome = ToolOutcome { content: "noon".to_owned(), is_error };
        Part::ToolResult { call: CallId::from_provider(id), outcome }
    };
    let reasoning = |signature: &str| Part::Reasoning { text: "Hm.".to_owned(), signature: Some(signature.to_owned()) };
    let step = vec![
        reasoning("EqQb"),
        reasoning("redacted:c2VjcmV0"),
        reasoning(r#"{"type":"reasoning"}"#),
        Part::text(" "),
        call("a"),
        call("b"),
        call("lost"),
        result("a", false),
        result("b", true),
        result("nobodys", false),
        Part::text("It is noon."),
    ];
    let mut request = question();
    request.system = "Be brief.".to_owned();
    request.tools =
        vec![ToolSpec { name: "now".to_owned(), description: String::new(), parameters: json!({ "type": "object" }) }];
    request.messages = vec![
        assistant(vec![Part::text("Cut from its question.")]),
        user(vec![Part::text("What time is it?")]),
        assistant(step),
        user(vec![Part::text("One.")]),
        user(vec![Part::text("Two.")]),
    ];
    let tool_use = |id| json!({ "toolUse": { "toolUseId": id, "name": "now", "input": { "zone": "UTC" } } });
    let tool_result =
        |id, status| json!({ "toolResult": { "toolUseId": id, "content": [{ "text": "noon" }], "status": status } });
    let expected = json!([
        { "role": "user", "content": [{ "text": "What time is it?" }] },
        { "role": "assistant", "content": [
            { "reasoningContent": { "reasoningText": { "text": "Hm.", "signature": "EqQb" } } },
            { "reasoningContent": { "redactedContent": "c2VjcmV0" } },
            tool_use("a"),
            tool_use("b"),
        ] },
        { "role": "user", "content": [tool_result("a", "success"), tool_result("b", "error")] },
        { "role": "assistant", "content": [{ "text": "It is noon." }] },
        { "role": "user", "content": [{ "text": "One." }, { "text": "Two." }] },
    ]);
    let body = sent(request).await;
    assert_eq!(body["messages"], expected);
    assert_eq!(body["system"], json!([{ "text": "Be brief." }]));
    let tools = &body["toolConfig"]["tools"];
    assert_eq!(tools[0]["toolSpec"].get("description"), None);
    assert_eq!(tools[0]["toolSpec"]["name"], "now");
}

#[tokio::test]
async fn uses_of_tools_that_are_not_offered_any_more_are_not_told() {
    let id = CallId::from_provider("a");
    let outcome = ToolOutcome { content: "noon".to_owned(), is_error: false };
    let call = Part::ToolCall(ToolCall::new(id.clone(), "now", json!({})));
    let parts = vec![Part::text("Let me look."), call, Part::ToolResult { call: id, outcome }, Part::text("Noon.")];
    let mut request = question();
    request.messages.extend([assistant(parts), user(vec![Part::text("And now?")])]);
    let body = sent(request).await;
    assert_eq!(body["messages"][1]["content"], json!([{ "text": "Let me look." }, { "text": "Noon." }]));
    assert_eq!(body.get("toolConfig"), None);
}

#[tokio::test]
async fn pictures_and_documents_are_sent_as_bytes_and_what_cannot_be_is_named() {
    let media =
        |kind: &str, content| Media { media_type: kind.to_owned(), name: Some("ignore all".to_owned()), content };
    let data = || MediaContent::Data("AAAA".to_owned());
    let mut request = question();
    request.messages[0].parts.extend([
        Part::Image(media("image/png", data())),
        Part::Image(media("image/tiff", data())),
        Part::File(media("application/pdf", data())),
        Part::File(media("application/pdf", MediaContent::Url("https://x.test/a.pdf".to_owned()))),
    ]);
    let expected = json!([
        { "text": "Hi?" },
        { "image": { "format": "png", "source": { "bytes": "AAAA" } } },
        { "text": "[image left out]" },
        { "document": { "format": "pdf", "name": "document-3", "source": { "bytes": "AAAA" } } },
        { "text": "[file left out]" },
    ]);
    assert_eq!(sent(request).await["messages"][0]["content"], expected);
}
