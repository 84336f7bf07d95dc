//! Which models can be asked, and by which names.

use std::sync::Arc;

use futures::StreamExt;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::*;
use crate::config::{Config, SecretName};
use crate::domain::{CallId, Part, Role, ToolCall, ToolOutcome};
use crate::net::Aws;
use crate::testing::{Cassette, Cassettes};

fn whole(vars: &[(&str, &str)]) -> Config {
    // No laptop: nothing stands beside us.
    let host = [("K_SERVICE", "counsel"), ("TOKEN_KEY", "aws:key")];
    Config::from_vars(host.iter().chain(vars).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).unwrap()
}

fn config(vars: &[(&str, &str)]) -> LlmConfig {
    whole(vars).llm
}

fn listed(config: &LlmConfig) -> Vec<String> {
    Offers::of(config).list().iter().map(|model| model.offer.model.to_string()).collect()
}

const MODELS: &str = r#"[{"model":"groq:llama-3.1-8b-instant","label":"Small","fallbacks":["scripted"],
    "aliases":["llama3-8b-8192"]},{"model":"scripted"}]"#;

#[test]
fn without_a_list_any_model_of_a_provider_can_be_asked_and_the_known_ones_are_shown() {
    let config = config(&[("GROQ_API_KEY", "k"), ("DEFAULT_MODEL", "groq:somewhat-new")]);
    let offers = Offers::of(&config);
    assert_eq!(offers.find(None).unwrap().model.to_string(), "groq:somewhat-new");
    assert_eq!(offers.find(Some("groq:whatever:8b")).unwrap().model.name, "whatever:8b");
    let listed = listed(&config);
    assert_eq!(listed[0], "groq:somewhat-new");
    assert!(listed.contains(&"groq:llama-3.3-70b-versatile".to_owned()));
    assert!(listed.iter().all(|model| model.starts_with("groq:")), "{listed:?}");
    let error = offers.find(Some("mistral:large")).unwrap_err();
    assert_eq!(error.code(), "unknown_model");
    assert!(error.public().contains("scripted, groq:<model>"), "{}", error.public());
    for nonsense in ["", ":", "groq", "groq:", "scripted:x", "http://evil.example/v1:gpt"] {
        assert_eq!(offers.find(Some(nonsense)).unwrap_err().code(), "unknown_model", "{nonsense}");
    }
}

#[test]
fn with_a_list_nothing_else_can_be_asked_and_an_alias_is_its_model() {
    let config = config(&[("GROQ_API_KEY", "k"), ("MODELS", MODELS)]);
    let offers = Offers::of(&config);
    assert_eq!(listed(&config), ["groq:llama-3.1-8b-instant", "scripted"]);
    assert_eq!(offers.find(Some("llama3-8b-8192")).unwrap().model.to_string(), "groq:llama-3.1-8b-instant");
    let error = offers.find(Some("groq:llama-3.3-70b-versatile")).unwrap_err();
    assert!(error.public().contains("There is: groq:llama-3.1-8b-instant, scripted."), "{}", error.public());
}

#[test]
fn every_provider_that_can_be_configured_can_be_asked() {
    let vars = [
        ("OPENAI_API_KEY", "k"),
        ("ANTHROPIC_API_KEY", "k"),
        ("GEMINI_API_KEY", "k"),
        ("VERTEX_PROJECT", "p"),
        ("VERTEX_LOCATION", "europe-west3"),
        ("BEDROCK", "on"),
        ("VLLM_BASE_URL", "http://x.example/v1"),
        ("DEFAULT_MODEL", "agent-engine:m"),
    ];
    let Config { google, llm: config, .. } = whole(&vars);
    let names: Vec<_> = config.providers.iter().map(|provider| provider.name).collect();
    let known = ["openai", "openai-responses", "anthropic", "gemini", "vllm", "vertex", "agent-engine", "bedrock"];
    assert_eq!(names, known);
    assert_eq!(config.providers[5].base_url, "https://europe-west3-aiplatform.googleapis.com");
    let aws = Arc::new(Aws::new(Roots::Builtin));
    let secrets = Secrets::new(&aws, &google, Roots::Builtin);
    let models = Models::new(&config, Roots::Builtin, &aws, &Arc::new(secrets));
    for provider in &config.providers {
        models.choose(Some(&format!("{}:m", provider.name))).map(drop).unwrap();
    }
}

#[test]
fn an_engine_is_asked_only_if_somebody_has_named_it() {
    let engine = "agent-engine:projects/p/locations/l/reasoningEngines/7";
    let cloud = ("VERTEX_PROJECT", "p");
    let finds = |config: &LlmConfig| Offers::of(config).find(Some(engine)).is_ok();
    assert!(!finds(&config(&[cloud])));
    assert!(finds(&config(&[cloud, ("DEFAULT_MODEL", engine)])));
    assert!(finds(&config(&[cloud, ("MODELS", &format!(r#"[{{"model":"{engine}"}}]"#))])));
    assert!(Offers::of(&config(&[cloud])).find(Some("vertex:gemini-2.5-flash")).is_ok());
}

/// A turn with two calls at once, of which one failed, and then another question.
fn after_two_calls() -> ModelRequest {
    let call = |id: &str, place: &str| {
        Part::ToolCall(ToolCall::new(CallId::from_provider(id), "get_weather", json!({ "location": place })))
    };
    let result = |id: &str, content: &str, is_error| {
        let outcome = ToolOutcome { content: content.to_owned(), is_error };
        Part::ToolResult { call: CallId::from_provider(id), outcome }
    };
    let says = |role, parts| PromptMessage { role, parts };
    let steps = vec![
        Part::text("Let me look."),
        call("call_graz", "Graz"),
        call("call_oz", "Oz"),
        result("call_graz", "fog", false),
        result("call_oz", "There is no such place.", true),
        Part::text("Fog in Graz; Oz is nowhere."),
    ];
    let messages = vec![
        says(Role::User, vec![Part::text("The weather in Graz and in Oz?")]),
        says(Role::Assistant, steps),
        says(Role::User, vec![Part::text("And tomorrow?")]),
    ];
    let tool = ToolSpec { name: "get_weather".to_owned(), description: String::new(), parameters: json!({}) };
    let (user, session) = ("ada".to_owned(), "s".to_owned());
    ModelRequest { model: "model".to_owned(), messages, tools: vec![tool], user, session, ..ModelRequest::default() }
}

/// The frames of the same turn stand beside each other in `tests/snapshots/wire__*two_tools*`.
#[tokio::test]
async fn the_same_turn_is_told_to_every_provider_in_its_own_words() {
    let cassettes = Cassettes::start(Cassette::refusal(400, None, "{}")).await;
    let aws = Arc::new(Aws::new(Roots::Builtin));
    let secrets = Arc::new(Secrets::new(&aws, &whole(&[]).google, Roots::Builtin));
    let vertex = Protocol::Vertex { project: "p".to_owned(), location: "l".to_owned() };
    let all = [
        ("chat completions", Protocol::ChatCompletions(openai_chat::quirks_of("openai")), "messages"),
        ("responses", Protocol::Responses, "input"),
        ("anthropic", Protocol::Anthropic, "messages"),
        ("gemini", Protocol::Gemini, "contents"),
        ("vertex", vertex, "contents"),
        ("bedrock", Protocol::Bedrock, "messages"),
        ("agent engine", Protocol::AgentEngine, "input"),
    ];
    let mut told = serde_json::Map::new();
    for (name, protocol, messages) in all {
        let key = Some(SecretName::Literal("k".to_owned().into()));
        let server = ProviderServer::new(cassettes.url(), key.clone(), &secrets, Roots::Builtin);
        let (base_url, key_variable) = (cassettes.url(), "K");
        let access = ProviderAccess { name: "openai", protocol, base_url, key, key_variable, own_server: true };
        let refused = adapter(&access, server, &aws).stream(after_two_calls()).next().await;
        assert!(matches!(refused, Some(Err(_))), "{name}");
        let calls = cassettes.calls();
        told.insert(name.to_owned(), calls.last().expect("a call").body[messages].clone());
    }
    assert_json_snapshot!(Value::Object(told));
}
