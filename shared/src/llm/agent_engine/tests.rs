//! The engine over a real socket.

use std::io;

use http_body_util::BodyExt;
use secrecy::SecretString;

use super::*;
use crate::config::{GoogleConfig, SecretName, Secrets};
use crate::domain::{Part, Role};
use crate::llm::PromptMessage;
use crate::llm::playback::collect;
use crate::net::{Aws, Roots};
use crate::testing::loopback::{Loopback, answer, in_pieces};

const ENGINE: &str = "projects/p/locations/l/reasoningEngines/7";
const ANSWER: &str = include_str!("cassettes/a-tool-between-two-texts.jsonl");

type Requests = Arc<Mutex<Vec<(String, Value)>>>;

/// How a fake engine makes sessions, and what it says to a question before its connection breaks, if it does.
#[derive(Clone, Copy)]
struct Fake {
    created: u16,
    says: &'static str,
    breaks: bool,
}

const FINE: Fake = Fake { created: 200, says: ANSWER, breaks: false };

impl Fake {
    async fn start(self) -> (Loopback, Requests) {
        let heard = Requests::default();
        let ears = Arc::clone(&heard);
        let fake = Loopback::start(move |request| {
            let ears = Arc::clone(&ears);
            async move {
                let path = request.uri().to_string();
                let bearer = request.headers()["authorization"].to_str().unwrap_or_default().to_owned();
                assert_eq!(bearer, "Bearer token");
                let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
                ears.lock().unwrap().push((path.clone(), serde_json::from_slice(&body)?));
                Ok(if path.ends_with(":query") {
                    answer(self.created, "application/json", r#"{"output":{"id":"x"}}"#)
                } else {
                    in_pieces(200, "application/json", self.says, self.breaks)
                })
            }
        })
        .await;
        (fake, heard)
    }
}

fn engine_at(url: String) -> AgentEngine {
    let google = GoogleConfig { secrets_url: String::new(), metadata_host: String::new() };
    let secrets = Arc::new(Secrets::new(&Arc::new(Aws::new(Roots::Builtin)), &google, Roots::Builtin));
    let key = SecretName::Literal(SecretString::from("token"));
    AgentEngine::new(ProviderServer::new(url, Some(key), &secrets, Roots::Builtin))
}

fn question(model: &str) -> ModelRequest {
    let messages = vec![PromptMessage { role: Role::User, parts: vec![Part::text("Rain?")] }];
    let (user, session) = ("eve".to_owned(), "7".to_owned());
    ModelRequest { model: model.to_owned(), messages, user, session, ..ModelRequest::default() }
}

async fn ask(engine: &AgentEngine, model: &str) -> (Vec<ModelEvent>, Option<Error>) {
    collect(engine.stream(question(model))).await
}

#[tokio::test]
async fn a_session_is_made_once_and_every_question_goes_into_it() {
    let (fake, heard) = FINE.start().await;
    let engine = engine_at(fake.url());
    for _ in 0..2 {
        let (events, error) = ask(&engine, ENGINE).await;
        assert!(error.is_none() && matches!(events.last(), Some(ModelEvent::StepEnded { .. })), "{error:?}");
    }
    let heard = heard.lock().unwrap();
    let paths: Vec<&str> = heard.iter().map(|(path, _)| path.as_str()).collect();
    let asks = format!("/{ENGINE}:streamQuery?alt=sse");
    assert_eq!(paths, [format!("/{ENGINE}:query").as_str(), &asks, &asks]);
    assert_eq!(heard[0].1["input"]["session_id"], heard[2].1["input"]["session_id"]);
}

#[tokio::test]
async fn a_session_that_stands_already_is_no_fault() {
    for created in [400, 409, 500] {
        let (fake, _) = Fake { created, ..FINE }.start().await;
        let (_, error) = ask(&engine_at(fake.url()), ENGINE).await;
        assert!(error.is_none(), "{created}: {error:?}");
    }
}

#[tokio::test]
async fn an_engine_that_is_not_there_or_does_not_know_us_is_not_asked_any_further() {
    for (created, code) in [(404, "model_not_found"), (403, "model_refused_us"), (429, "model_busy")] {
        let (fake, heard) = Fake { created, ..FINE }.start().await;
        let (_, error) = ask(&engine_at(fake.url()), ENGINE).await;
        assert_eq!(error.unwrap().code(), code);
        assert_eq!(heard.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn after_a_failure_the_session_is_made_again() {
    let says = "{\"code\": 498, \"message\": \"Session not found\"}\n";
    let (fake, heard) = Fake { says, ..FINE }.start().await;
    let engine = engine_at(fake.url());
    for _ in 0..2 {
        assert_eq!(ask(&engine, ENGINE).await.1.unwrap().code(), "model_failed");
    }
    let made = heard.lock().unwrap().iter().filter(|(path, _)| path.ends_with(":query")).count();
    assert_eq!(made, 2);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_last_line_has_cut_the_answer_off() {
    let (fake, _) = Fake { breaks: true, ..FINE }.start().await;
    let (events, error) = ask(&engine_at(fake.url()), ENGINE).await;
    assert!(!events.is_empty());
    assert_eq!(error.unwrap().code(), "model_cut_off");
}

#[tokio::test]
async fn a_last_line_may_lack_its_end_but_half_of_one_was_cut() {
    let (fake, _) = Fake { says: ANSWER.trim_end(), ..FINE }.start().await;
    assert!(ask(&engine_at(fake.url()), ENGINE).await.1.is_none());
    let (fake, _) = Fake { says: &ANSWER[..ANSWER.len() - 9], ..FINE }.start().await;
    assert_eq!(ask(&engine_at(fake.url()), ENGINE).await.1.unwrap().code(), "model_cut_off");
}

#[tokio::test]
async fn the_name_of_an_engine_leads_nowhere_else() {
    let (fake, heard) = FINE.start().await;
    for name in ["", "../../v1/x", "a//b", "a?b", "a:query", "a%2Fb"] {
        assert_eq!(ask(&engine_at(fake.url()), name).await.1.unwrap().code(), "invalid", "{name}");
    }
    assert!(heard.lock().unwrap().is_empty());
}
