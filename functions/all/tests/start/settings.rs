//! Every variable of `.env.example` with a value that it cannot have.

use std::collections::BTreeSet;

use futures::StreamExt;
use shared::testing::{Process, Script, World};

use crate::{on_a_laptop, on_cloud_run, refusal};

/// A variable, a value that it cannot have, and with what it is read at all.
type Bad = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Any text is right for these.
const FREE: [&str; 3] = ["TOKEN_ISSUER", "SYSTEM_PROMPT", "OTEL_SERVICE_NAME"];

const SHORT: &str = "q7dQ2xpL";
const NO_URL: &str = "localhost:8000";
const OWN_OPENAI: &[(&str, &str)] = &[("OPENAI_BASE_URL", "")];
const VERTEX: &[(&str, &str)] = &[("VERTEX_PROJECT", "counsel")];

const WHERE_IT_LISTENS: [Bad; 9] = [
    ("HOST", "localhost", &[]),
    ("PORT", "65536", &[]),
    ("MAX_REQUESTS", "0", &[]),
    ("MAX_TURNS", "many", &[]),
    ("ALLOWED_ORIGINS", "https://app.example.com/", &[]),
    ("PUBLIC_URL", "http://api.example.com", &[]),
    ("FRONTEND_URL", "app.example.com", &[]),
    ("RETURN_PATHS", "app", &[]),
    ("COOKIE_SAMESITE", "strict", &[]),
];

const STATE: [Bad; 6] = [
    ("DATA_DIR", "/sys/counsel", &[]),
    ("DYNAMODB_ENDPOINT", "http://[counsel", &[]),
    ("TABLE_NAME", "our table", &[]),
    ("TURN_LOG_DAYS", "0", &[]),
    ("TURN_LEASE_MS", "1999", &[]),
    ("ERASURE_DELAY_MS", "-1", &[]),
];

const WHO_MAY_ASK: [Bad; 12] = [
    ("TOKEN_KEY", "k3Jv9-PqZr7w-Xb2LmN8sTyU4cDfGh1E", &[]),
    ("ACCESS_TOKEN_SECONDS", "15m", &[]),
    ("LOGIN_DAYS", "366", &[]),
    ("GOOGLE_CLIENT_ID", "counsel", &[]),
    ("GOOGLE_CLIENT_SECRET", SHORT, &[("GOOGLE_CLIENT_ID", "counsel")]),
    ("OIDC_PROVIDERS", "{}", &[]),
    ("APP_REDIRECT_URIS", "app", &[]),
    ("TRUSTED_ISSUERS", r#"[{"issuer":"https://a.example"}]"#, &[]),
    ("PASSWORD_SIGN_IN", "true", &[]),
    ("GOOGLE_SECRETS_URL", NO_URL, &[]),
    ("GCE_METADATA_HOST", "http://metadata.google.internal/", &[]),
    ("AWS_ROLE_ARN", "our-role", &[("K_SERVICE", "counsel")]),
];

const WHO_ANSWERS: [Bad; 43] = [
    ("DEFAULT_MODEL", "gorq:llama", &[]),
    ("MODELS", r#"[{"model":"gorq:llama"}]"#, &[]),
    ("MODEL_KEYS", SHORT, &[]),
    ("OPENAI_API_KEY", SHORT, OWN_OPENAI),
    ("OPENAI_BASE_URL", NO_URL, &[]),
    ("ANTHROPIC_API_KEY", SHORT, &[]),
    ("ANTHROPIC_BASE_URL", NO_URL, &[]),
    ("GEMINI_API_KEY", SHORT, &[]),
    ("GEMINI_BASE_URL", NO_URL, &[]),
    ("VERTEX_PROJECT", "my project", &[]),
    ("VERTEX_LOCATION", "here/there", VERTEX),
    ("VERTEX_TOKEN", SHORT, VERTEX),
    ("VERTEX_BASE_URL", NO_URL, VERTEX),
    ("AGENT_ENGINE_BASE_URL", NO_URL, VERTEX),
    ("BEDROCK", "yes", &[]),
    ("BEDROCK_BASE_URL", NO_URL, &[]),
    ("GROQ_API_KEY", SHORT, &[]),
    ("GROQ_BASE_URL", NO_URL, &[]),
    ("TOGETHER_API_KEY", SHORT, &[]),
    ("TOGETHER_BASE_URL", NO_URL, &[]),
    ("DEEPSEEK_API_KEY", SHORT, &[]),
    ("DEEPSEEK_BASE_URL", NO_URL, &[]),
    ("MISTRAL_API_KEY", SHORT, &[]),
    ("MISTRAL_BASE_URL", NO_URL, &[]),
    ("OPENROUTER_API_KEY", SHORT, &[]),
    ("OPENROUTER_BASE_URL", NO_URL, &[]),
    ("OLLAMA_API_KEY", "a key", &[]),
    ("OLLAMA_BASE_URL", NO_URL, &[]),
    ("VLLM_API_KEY", "a key", &[("VLLM_BASE_URL", "http://localhost:8000/v1")]),
    ("VLLM_BASE_URL", "http://localhost:port/v1", &[]),
    ("COMPATIBLE_API_KEY", "a key", &[("COMPATIBLE_BASE_URL", "http://localhost:8000/v1")]),
    ("COMPATIBLE_BASE_URL", "http://localhost:8000/v1?version=1", &[]),
    ("TURN_STEPS", "0", &[]),
    ("TURN_TOKENS", "1e6", &[]),
    ("TOOLS_TO_APPROVE", "get_whether", &[]),
    ("HOSTED_TOOLS", "web", &[]),
    ("WEATHER_URL", NO_URL, &[]),
    ("GEOCODING_URL", NO_URL, &[]),
    ("JOKE_URL", NO_URL, &[]),
    ("MODEL_CONNECT_TIMEOUT_MS", "0", &[]),
    ("MODEL_FIRST_TOKEN_TIMEOUT_MS", "1s", &[]),
    ("MODEL_TOKEN_TIMEOUT_MS", "600001", &[]),
    ("TLS_ROOTS", "mozilla", &[]),
];

const WHAT_IT_TELLS: [Bad; 4] = [
    ("LOG_LEVEL", "loud", &[]),
    ("METRICS_ADDRESS", "4318", &[]),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", NO_URL, &[]),
    ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key", &[]),
];

fn table() -> impl Iterator<Item = Bad> {
    WHERE_IT_LISTENS.into_iter().chain(STATE).chain(WHO_MAY_ASK).chain(WHO_ANSWERS).chain(WHAT_IT_TELLS)
}

#[test]
fn every_variable_of_the_example_has_a_value_that_it_cannot_have() {
    let is_name = |name: &&str| name.len() > 3 && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let lines = include_str!("../../../../.env.example").lines();
    let listed = lines.filter_map(|line| line.trim_start_matches("# ").split_once('=')).map(|(name, _)| name);
    let listed: BTreeSet<_> = listed.filter(is_name).collect();
    let tried: BTreeSet<_> = table().map(|(name, _, _)| name).chain(FREE).collect();
    assert_eq!(tried, listed);
}

#[tokio::test]
async fn a_value_that_a_variable_cannot_have_stops_the_start_and_is_not_shown() {
    let world = World::with(Script::says("Hello")).await;
    let _key = world.token("ada").await;
    let tried = futures::stream::iter(table()).map(async |bad| (bad, line_of(&world, bad).await));
    let lines: Vec<_> = tried.buffer_unordered(4).collect().await;
    for ((variable, value, _), line) in lines {
        let begins = [format!("{variable}: "), format!("{variable} (")].iter().any(|start| line.contains(start));
        assert!(begins, "{variable}={value}: {line}");
        assert!(variable == "DATA_DIR" || !line.contains(value) || value.len() < 4, "{variable}={value}: {line}");
    }
}

async fn line_of(world: &World, (variable, value, with): Bad) -> String {
    let settings = [with, &[(variable, value)]].concat();
    let on_google = settings.iter().any(|(name, _)| *name == "K_SERVICE");
    let settings = if on_google { on_cloud_run(world, &settings) } else { on_a_laptop(world, &settings) };
    refusal(Process::start("all", settings)).await
}
