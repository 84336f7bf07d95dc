//! The provider over a real socket.

use secrecy::SecretString;

use super::*;
use crate::config::{GoogleConfig, SecretName, Secrets};
use crate::error::Error;
use crate::llm::playback::collect;
use crate::net::{Aws, Roots};
use crate::testing::loopback::{Loopback, in_pieces};

const ANSWER: &str = include_str!("cassettes/web-search-with-citations.sse");

async fn ask(status: u16, kind: &'static str, says: &'static str) -> (Vec<ModelEvent>, Option<Error>) {
    let fake = Loopback::start(move |request| async move {
        assert_eq!(
            (request.uri().path(), &request.headers()["authorization"]),
            ("/v1/responses", &"Bearer key".parse().unwrap())
        );
        Ok(in_pieces(status, kind, says, false))
    })
    .await;
    let google = GoogleConfig { secrets_url: String::new(), metadata_host: String::new() };
    let secrets = Arc::new(Secrets::new(&Arc::new(Aws::new(Roots::Builtin)), &google, Roots::Builtin));
    let key = SecretName::Literal(SecretString::from("key"));
    let server = ProviderServer::new(format!("{}/v1", fake.url()), Some(key), &secrets, Roots::Builtin);
    collect(OpenAiResponses::new(server).stream(ModelRequest::default())).await
}

#[tokio::test]
async fn an_answer_arrives_whole_in_whatever_pieces() {
    let (events, error) = ask(200, "text/event-stream; charset=utf-8", ANSWER).await;
    assert!(error.is_none(), "{error:?}");
    assert!(matches!(events.last(), Some(ModelEvent::StepEnded { .. })), "{events:?}");
}

#[tokio::test]
async fn an_answer_that_ends_politely_but_too_early_was_cut_off() {
    let early = &ANSWER[..ANSWER.rfind("event:").unwrap()];
    let (events, error) = ask(200, "text/event-stream", early).await;
    assert!(events.iter().any(|event| matches!(event, ModelEvent::TextDelta { .. })));
    assert_eq!(error.unwrap().code(), "model_cut_off");
}

#[tokio::test]
async fn a_refusal_is_explained_without_the_providers_words() {
    let refusal = r#"{"error":{"message":"secret","type":"tokens","code":"rate_limit_exceeded"}}"#;
    let error = ask(429, "application/json", refusal).await.1.unwrap();
    assert_eq!(error.code(), "model_busy");
    assert!(!error.to_string().contains("secret"));
}
