//! Models that nobody could be asked for: refused where models are asked, and nowhere else.

use shared::testing::{Process, RuntimeApi, Script, World};

use crate::functions::{functions, on_lambda};
use crate::{assert_refused, on_a_laptop};

const NO_PROVIDER: [(&str, &str); 3] = [("OPENAI_BASE_URL", ""), ("OPENAI_API_KEY", ""), ("DEFAULT_MODEL", "")];

/// A default model, and what its line says.
const DEFAULTS: [(&str, &str); 10] = [
    ("groq:llama", "the provider groq needs GROQ_API_KEY"),
    ("openai:gpt-5", "the provider openai needs OPENAI_API_KEY, or OPENAI_BASE_URL"),
    ("openai-responses:gpt-5", "the provider openai-responses needs OPENAI_API_KEY"),
    ("vllm:qwen", "the provider vllm needs VLLM_BASE_URL"),
    ("vertex:gemini", "the provider vertex needs VERTEX_PROJECT"),
    ("bedrock:claude", "the provider bedrock needs BEDROCK=on"),
    ("gorq:llama", "there is no provider gorq; it must be scripted, or <provider>:<model> with one of openai, "),
    ("gpt-5", "must be scripted, or <provider>:<model>"),
    ("ollama", "ollama must be followed by a model, ollama:<model>"),
    ("scripted:slow", "scripted has no models"),
];

#[tokio::test]
async fn a_default_model_that_nobody_answers_for_stops_what_asks_models() {
    let world = World::with(Script::says("Hello")).await;
    let api = RuntimeApi::start().await;
    for (model, lack) in DEFAULTS {
        let settings = [&NO_PROVIDER[..], &[("DEFAULT_MODEL", model)]].concat();
        let line = format!("DEFAULT_MODEL: {lack}");
        assert_refused("all", on_a_laptop(&world, &settings), &[&line]).await;
        assert_refused("consult", on_lambda(&world, &api, &settings), &[&line]).await;
    }
    let parts = ["DEFAULT_MODEL: the provider ollama needs OLLAMA_BASE_URL"];
    let ollama = [&NO_PROVIDER[..], &[("DEFAULT_MODEL", "ollama:llama")]].concat();
    assert_refused("consult", on_lambda(&world, &api, &ollama), &parts).await;
}

#[tokio::test]
async fn what_stands_in_the_place_of_a_model_by_mistake_is_not_shown() {
    let world = World::with(Script::says("Hello")).await;
    for secret in ["sk-proj-7dQ2xpLk", "SK:7dQ2xpLk"] {
        let line = crate::refusal(Process::start("all", on_a_laptop(&world, &[("DEFAULT_MODEL", secret)]))).await;
        assert!(line.contains("DEFAULT_MODEL") && !line.contains("7dQ2") && !line.contains("sk-"), "{line}");
    }
}

#[tokio::test]
async fn offers_and_their_fallbacks_are_held_to_the_same() {
    let world = World::with(Script::says("Hello")).await;
    for (offer, lack) in [
        (r#"{"model":"groq:llama"}"#, "MODELS: number 1: the provider groq needs GROQ_API_KEY"),
        (r#"{"model":"openai:fake","fallbacks":["groq:llama"]}"#, "MODELS: number 1: the provider groq needs"),
        (r#"{"model":"openai:fake","fallbacks":["gorq:llama"]}"#, "MODELS: number 1: there is no provider gorq"),
    ] {
        let models = format!("[{offer}]");
        assert_refused("all", on_a_laptop(&world, &[("MODELS", &models), ("DEFAULT_MODEL", "")]), &[lack]).await;
    }
}

/// The template names the default model to each of them, and the keys to few.
#[tokio::test]
async fn functions_that_ask_no_model_start_without_any_key() {
    let world = World::with(Script::says("Hello")).await;
    let _key = world.token("ada").await;
    for function in functions().into_iter().filter(|function| function != "consult") {
        let api = RuntimeApi::start().await;
        let settings = [&NO_PROVIDER[..], &[("DEFAULT_MODEL", "openai:gpt-5")]].concat();
        let _process = Process::start(&function, on_lambda(&world, &api, &settings));
        api.wait_for_nexts(1).await;
    }
}

#[tokio::test]
async fn a_key_is_known_by_its_name_before_anybody_fetches_it() {
    let world = World::with(Script::says("Hello")).await;
    let _key = world.token("ada").await;
    let api = RuntimeApi::start().await;
    let arn = "arn:aws:secretsmanager:eu-central-1:1:secret:groq";
    let settings = [&NO_PROVIDER[..], &[("DEFAULT_MODEL", "groq:llama"), ("GROQ_API_KEY", arn)]].concat();
    let _process = Process::start("consult", on_lambda(&world, &api, &settings));
    api.wait_for_nexts(1).await;
}
