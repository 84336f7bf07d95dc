//! Which models can be asked, and by which names.

use std::sync::Arc;

use super::*;
use crate::config::Config;
use crate::net::Aws;

fn whole(vars: &[(&str, &str)]) -> Config {
    // No laptop: nothing stands beside us.
    let host = [("K_SERVICE", "counsel"), ("TOKEN_KEY", "aws:key")];
    Config::from_vars(host.iter().chain(vars).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).unwrap()
}

fn config(vars: &[(&str, &str)]) -> LlmConfig {
    whole(vars).llm
}

fn listed(config: &LlmConfig) -> Vec<String> {
    Menu::of(config).list().iter().map(|dish| dish.offer.model.to_string()).collect()
}

const MODELS: &str = r#"[{"model":"groq:llama-3.1-8b-instant","label":"Small","fallbacks":["scripted"],
    "aliases":["llama3-8b-8192"]},{"model":"scripted"}]"#;

#[test]
fn without_a_list_any_model_of_a_provider_can_be_asked_and_the_known_ones_are_shown() {
    let config = config(&[("GROQ_API_KEY", "k"), ("DEFAULT_MODEL", "groq:somewhat-new")]);
    let menu = Menu::of(&config);
    assert_eq!(menu.find(None).unwrap().model.to_string(), "groq:somewhat-new");
    assert_eq!(menu.find(Some("groq:whatever:8b")).unwrap().model.name, "whatever:8b");
    let listed = listed(&config);
    assert_eq!(listed[0], "groq:somewhat-new");
    assert!(listed.contains(&"groq:llama-3.3-70b-versatile".to_owned()));
    assert!(listed.iter().all(|model| model.starts_with("groq:")), "{listed:?}");
    let error = menu.find(Some("mistral:large")).unwrap_err();
    assert_eq!(error.code(), "unknown_model");
    assert!(error.public().contains("scripted, groq:<model>"), "{}", error.public());
    for nonsense in ["", ":", "groq", "groq:", "scripted:x", "http://evil.example/v1:gpt"] {
        assert_eq!(menu.find(Some(nonsense)).unwrap_err().code(), "unknown_model", "{nonsense}");
    }
}

#[test]
fn with_a_list_nothing_else_can_be_asked_and_an_alias_is_its_model() {
    let config = config(&[("GROQ_API_KEY", "k"), ("MODELS", MODELS)]);
    let menu = Menu::of(&config);
    assert_eq!(listed(&config), ["groq:llama-3.1-8b-instant", "scripted"]);
    assert_eq!(menu.find(Some("llama3-8b-8192")).unwrap().model.to_string(), "groq:llama-3.1-8b-instant");
    let error = menu.find(Some("groq:llama-3.3-70b-versatile")).unwrap_err();
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
    ];
    let Config { google, llm: config, .. } = whole(&vars);
    let names: Vec<_> = config.providers.iter().map(|provider| provider.name).collect();
    let known = ["openai", "openai-responses", "anthropic", "gemini", "vllm", "vertex", "agent-engine", "bedrock"];
    assert_eq!(names, known);
    assert_eq!(config.providers[5].base_url, "https://europe-west3-aiplatform.googleapis.com");
    let secrets = Secrets::new(&Arc::new(Aws::new(Roots::Builtin)), &google, Roots::Builtin);
    let models = Models::new(&config, Roots::Builtin, &Arc::new(secrets));
    for provider in &config.providers {
        models.choose(Some(&format!("{}:m", provider.name))).map(drop).unwrap();
    }
}
