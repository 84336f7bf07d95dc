//! Configuration: plain settings parsed whole at start, secrets as names that are fetched on first use.

mod secrets;
mod vars;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use secrets::{SecretName, Secrets};
use vars::Vars;

use crate::error::Result;
use crate::net::Roots;

#[derive(Clone, Debug)]
pub struct Config {
    pub http: HttpConfig,
    pub store: StoreConfig,
    pub identity: IdentityConfig,
    pub llm: LlmConfig,
    pub agent: AgentConfig,
    /// Set on a laptop only: where the embedded database and the local signing key live.
    pub data_dir: Option<PathBuf>,
    /// Set on a laptop that was given no `TOKEN_KEY`: the key that is made on its first start.
    pub local_key: Option<PathBuf>,
    /// `TLS_ROOTS`: `builtin`, or `system` where a company's own certificate authority has to be trusted.
    pub roots: Roots,
    /// `LOG_LEVEL`: error, warn, info, debug or trace.
    pub log_level: String,
}

#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// `HOST`: the address to listen on.
    pub address: IpAddr,
    /// `PORT`
    pub port: u16,
    /// `ALLOWED_ORIGINS`: the exact origins that browsers may call from, separated by commas.
    pub allowed_origins: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `DYNAMODB_ENDPOINT`: another DynamoDB than AWS's or the embedded one.
    pub endpoint: Option<String>,
    /// `TABLE_NAME`
    pub table: String,
    /// `TURN_LOG_DAYS`: how long a turn can be resumed, and its idempotency key is remembered.
    pub log_days: u32,
}

#[derive(Clone, Debug)]
pub struct IdentityConfig {
    /// `TOKEN_KEY`: the secret with the Ed25519 key (PKCS#8 PEM) that signs access tokens.
    pub token_key: SecretName,
    /// `TOKEN_ISSUER`: the `iss` of our access tokens.
    pub issuer: String,
}

#[derive(Clone, Debug)]
pub struct LlmConfig {
    /// `DEFAULT_MODEL`: who answers when the request names nobody.
    pub default_model: String,
    /// `OPENAI_API_KEY`: the key, or the name of the secret that holds it.
    pub openai_key: Option<SecretName>,
    /// `OPENAI_BASE_URL`: any server that speaks the Chat Completions protocol.
    pub openai_base_url: Option<String>,
}

#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// `SYSTEM_PROMPT`
    pub system_prompt: String,
    /// `MODEL_FIRST_TOKEN_TIMEOUT_MS`
    pub first_token_timeout: Duration,
    /// `MODEL_TOKEN_TIMEOUT_MS`: the longest silence between two tokens.
    pub token_timeout: Duration,
    /// `TURN_LEASE_MS`: a turn whose log is silent for so long has lost its writer. At most 30 s.
    pub lease: Duration,
}

const SYSTEM_PROMPT: &str = "You are a helpful consultant. Answer plainly and say when you do not know.";

impl Config {
    /// The only reader of the environment. Reports every bad variable at once.
    pub fn from_env() -> Result<Self> {
        Self::from_vars(std::env::vars())
    }

    fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let mut vars = Vars::new(vars);
        let local = vars.is_laptop();
        let data_dir = vars.data_dir(local);
        let cloud_run = vars.text("K_SERVICE").is_some();
        let token_key = vars.secret("TOKEN_KEY");
        let local_key = data_dir.as_ref().filter(|_| token_key.is_none()).map(|dir| dir.join("token-key.pem"));
        let token_key = token_key.or_else(|| local_key.clone().map(SecretName::File));
        let config = Self {
            http: HttpConfig {
                address: vars.parsed("HOST", if cloud_run { [0, 0, 0, 0].into() } else { [127, 0, 0, 1].into() }),
                port: vars.parsed("PORT", 8080),
                allowed_origins: vars.list("ALLOWED_ORIGINS"),
            },
            store: StoreConfig {
                endpoint: vars.url("DYNAMODB_ENDPOINT"),
                table: vars.text("TABLE_NAME").unwrap_or_else(|| "counsel".to_owned()),
                log_days: vars.within("TURN_LOG_DAYS", 30, 1..=365),
            },
            identity: IdentityConfig {
                token_key: vars.required("TOKEN_KEY", token_key, SecretName::Env(String::new())),
                issuer: vars.text("TOKEN_ISSUER").unwrap_or_else(|| "counsel".to_owned()),
            },
            llm: LlmConfig {
                default_model: vars.text("DEFAULT_MODEL").unwrap_or_else(|| "scripted".to_owned()),
                openai_key: vars.secret("OPENAI_API_KEY"),
                openai_base_url: vars.url("OPENAI_BASE_URL"),
            },
            agent: AgentConfig {
                system_prompt: vars.text("SYSTEM_PROMPT").unwrap_or_else(|| SYSTEM_PROMPT.to_owned()),
                first_token_timeout: vars.millis("MODEL_FIRST_TOKEN_TIMEOUT_MS", 60_000, 1..=600_000),
                token_timeout: vars.millis("MODEL_TOKEN_TIMEOUT_MS", 30_000, 1..=600_000),
                lease: vars.millis("TURN_LEASE_MS", 20_000, 2_000..=30_000),
            },
            data_dir,
            local_key,
            roots: match vars.one_of("TLS_ROOTS", "builtin", &["builtin", "system"]).as_str() {
                "system" => Roots::System,
                _ => Roots::Builtin,
            },
            log_level: vars.one_of("LOG_LEVEL", "info", &["error", "warn", "info", "debug", "trace"]),
        };
        vars.finish(config)
    }
}

#[cfg(test)]
mod tests;
