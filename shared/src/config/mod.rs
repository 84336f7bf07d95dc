//! Configuration: plain settings parsed whole at start, secrets as names that are fetched on first use.

mod data_dir;
mod identity;
mod lack;
mod llm;
mod model_keys;
mod secrets;
mod telemetry;
mod tools;
mod vars;
mod vendors;

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use data_dir::unusable_data_dir;
pub use identity::{IdentityConfig, ProviderConfig, TrustedIssuer};
pub use llm::{LlmConfig, Offer};
pub use secrets::{Flaw, SecretName, SecretRule, Secrets};
pub use telemetry::{OtlpConfig, TelemetryConfig};
pub use tools::ToolsConfig;
use vars::{Vars, is_host, is_origin, is_safe_url};
pub use vendors::{Protocol, ProviderAccess, Quirks, Reasoning, span_name};

use crate::error::Result;
use crate::net::{GoogleRole, Roots};

#[derive(Clone, Debug)]
pub struct Config {
    pub http: HttpConfig,
    pub store: StoreConfig,
    pub identity: IdentityConfig,
    pub llm: LlmConfig,
    pub agent: AgentConfig,
    pub tools: ToolsConfig,
    pub google: GoogleConfig,
    /// `AWS_ROLE_ARN` on Google Cloud: the role of AWS that is lent to our service account.
    pub aws_role: Option<GoogleRole>,
    /// Set on a laptop only: where the embedded database and the local signing key live.
    pub data_dir: Option<PathBuf>,
    /// Set on a laptop that was given no `TOKEN_KEY`: the key that is made on its first start.
    pub local_key: Option<PathBuf>,
    /// `TLS_ROOTS`: `builtin`, or `system` where a company's own certificate authority has to be trusted.
    pub roots: Roots,
    pub telemetry: TelemetryConfig,
}

#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// `HOST`: the address to listen on.
    pub address: IpAddr,
    /// `PORT`
    pub port: u16,
    /// `ALLOWED_ORIGINS`: the exact origins that browsers may call from, separated by commas.
    pub allowed_origins: Vec<String>,
    /// `PUBLIC_URL`: where browsers reach us. On a laptop it is known once the port is.
    pub public_url: Option<String>,
    /// `FRONTEND_URL`: where a browser goes after signing in, if not to ourselves.
    pub frontend_url: Option<String>,
    /// `RETURN_PATHS`: the paths it may ask to go to, `/app` or `/chat/*`.
    pub return_paths: Vec<String>,
    /// `MAX_REQUESTS`: so many are in work at once, streams being read among them; others hear 503 at once.
    pub max_requests: usize,
    /// `COOKIE_SAMESITE`: `none` where front end and API are of different sites.
    pub split_sites: bool,
}

/// Google's own services.
#[derive(Clone, Debug)]
pub struct GoogleConfig {
    /// `GOOGLE_SECRETS_URL`
    pub secrets_url: String,
    /// `GCE_METADATA_HOST`: who says which service account this is; the name is Google's.
    pub metadata_host: String,
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
pub struct AgentConfig {
    /// `SYSTEM_PROMPT`
    pub system_prompt: String,
    /// `MODEL_FIRST_TOKEN_TIMEOUT_MS`, as for the models.
    pub first_token_timeout: Duration,
    /// `MODEL_TOKEN_TIMEOUT_MS`: the longest silence between two tokens.
    pub token_timeout: Duration,
    /// `MAX_TURNS`: this process answers so many at once, whether or not a client still listens.
    pub max_turns: usize,
    /// `TURN_STEPS`: how often a model may be asked in one turn.
    pub max_steps: usize,
    /// `TURN_TOKENS`: when the model has said so many, it is not asked again in this turn.
    pub max_tokens: u64,
    /// `TURN_LEASE_MS`: a turn whose log is silent for so long has lost its writer. At most 30 s.
    pub lease: Duration,
    /// `ERASURE_DELAY_MS`: so long after a user has wanted to be erased everything of them is deleted. By itself a minute
    /// more than an access token lives and a function runs.
    pub erasure_delay: Duration,
}

/// The name of an environment variable.
pub type Variable = &'static str;

/// Lambda's, and what any other host is asked to hold to.
const LONGEST_REQUEST: Duration = Duration::from_mins(15);
const ORIGINS: &str = "must be exact origins without a path, https://app.example.com, separated by commas";
const SYSTEM_PROMPT: &str = "You are a helpful consultant. Answer plainly and say when you do not know.";

impl Config {
    /// The only reader of the environment. Reports every bad variable at once.
    pub fn from_env() -> Result<Self> {
        let config = Self::from_vars(std::env::vars_os())?;
        config.roots.check()?;
        Ok(config)
    }

    pub fn from_vars<N, V>(vars: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let mut vars = Vars::new(vars.into_iter().map(|(name, value)| (name.into(), value.into())));
        let local = vars.is_laptop();
        let data_dir = vars.data_dir(local);
        let cloud_run = vars.text("K_SERVICE").is_some();
        let token_key = vars.secret("TOKEN_KEY");
        let local_key = data_dir.as_ref().filter(|_| token_key.is_none()).map(|dir| dir.join("token-key.pem"));
        let token_key = token_key.or_else(|| local_key.clone().map(SecretName::File));
        let llm = LlmConfig::read(&mut vars);
        let google = GoogleConfig::read(&mut vars);
        let identity = IdentityConfig::read(&mut vars, token_key);
        let quiet = identity.access_life.max(LONGEST_REQUEST) + Duration::from_mins(1);
        let quiet = u64::try_from(quiet.as_millis()).unwrap_or(u64::MAX);
        let roots = match vars.one_of("TLS_ROOTS", "builtin", &["builtin", "system"]).as_str() {
            "system" => Roots::System,
            _ => Roots::Builtin,
        };
        let config = Self {
            http: HttpConfig::read(&mut vars, cloud_run),
            store: StoreConfig::read(&mut vars),
            identity,
            agent: AgentConfig::read(&mut vars, llm.first_token_timeout, quiet),
            llm,
            tools: ToolsConfig::read(&mut vars),
            aws_role: role_from_google(&mut vars, cloud_run, &google.metadata_host),
            google,
            data_dir,
            local_key,
            roots,
            telemetry: TelemetryConfig::read(&mut vars, roots),
        };
        if !local && !config.identity.providers.is_empty() && config.http.public_url.is_none() {
            vars.fault("PUBLIC_URL", "must be set where users sign in, to the https:// address of this API");
        }
        vars.finish(config)
    }
}

impl AgentConfig {
    /// `quiet`: after so many milliseconds nothing that was allowed before an erasure can still run.
    fn read(vars: &mut Vars, first_token_timeout: Duration, quiet: u64) -> Self {
        Self {
            system_prompt: vars.text("SYSTEM_PROMPT").unwrap_or_else(|| SYSTEM_PROMPT.to_owned()),
            first_token_timeout,
            token_timeout: vars.millis("MODEL_TOKEN_TIMEOUT_MS", 30_000, 1..=600_000),
            max_turns: vars.within("MAX_TURNS", 1_000, 1..=100_000),
            max_steps: vars.within("TURN_STEPS", 8, 1..=100),
            max_tokens: vars.within("TURN_TOKENS", 100_000, 1..=10_000_000),
            lease: vars.millis("TURN_LEASE_MS", 20_000, 2_000..=30_000),
            erasure_delay: vars.millis("ERASURE_DELAY_MS", quiet, 0..=604_800_000),
        }
    }
}

impl StoreConfig {
    fn read(vars: &mut Vars) -> Self {
        let table = vars.text("TABLE_NAME").unwrap_or_else(|| "counsel".to_owned());
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
        if !(table.starts_with("arn:") || ((3..=255).contains(&table.len()) && table.bytes().all(fits))) {
            vars.fault("TABLE_NAME", "must be 3 to 255 characters of A-Z a-z 0-9 _ - . or the ARN of a table");
        }
        Self { endpoint: vars.url("DYNAMODB_ENDPOINT"), table, log_days: vars.within("TURN_LOG_DAYS", 30, 1..=365) }
    }
}

impl GoogleConfig {
    fn read(vars: &mut Vars) -> Self {
        let secrets_url = vars.url("GOOGLE_SECRETS_URL");
        let metadata_host = vars.text("GCE_METADATA_HOST").unwrap_or_else(|| "metadata.google.internal".to_owned());
        if !is_host(&metadata_host) {
            vars.fault("GCE_METADATA_HOST", "must be a host, and a port if need be, metadata.google.internal");
        }
        Self {
            secrets_url: secrets_url.unwrap_or_else(|| "https://secretmanager.googleapis.com".to_owned()),
            metadata_host,
        }
    }
}

/// Elsewhere the same variable is the SDK's own business.
fn role_from_google(vars: &mut Vars, cloud_run: bool, metadata_host: &str) -> Option<GoogleRole> {
    let arn = vars.text("AWS_ROLE_ARN").filter(|_| cloud_run)?;
    if !(arn.starts_with("arn:") && arn.contains(":role/")) {
        vars.fault("AWS_ROLE_ARN", "must be the ARN of a role, arn:aws:iam::123456789012:role/counsel");
    }
    Some(GoogleRole { arn, metadata_host: metadata_host.to_owned() })
}

impl HttpConfig {
    fn read(vars: &mut Vars, cloud_run: bool) -> Self {
        let public_url = vars.url("PUBLIC_URL");
        if !public_url.as_deref().is_none_or(is_safe_url) {
            vars.fault("PUBLIC_URL", "must be https:// (http:// on localhost only)");
        }
        let split_sites = vars.one_of("COOKIE_SAMESITE", "lax", &["lax", "none"]) == "none";
        let paths = vars.list("RETURN_PATHS");
        if !paths.iter().all(|path| path.starts_with('/')) {
            vars.fault("RETURN_PATHS", "must be paths that begin with /");
        }
        Self {
            address: vars.address("HOST", if cloud_run { [0, 0, 0, 0].into() } else { [127, 0, 0, 1].into() }),
            port: vars.within("PORT", 8080, 0..=u16::MAX),
            max_requests: vars.within("MAX_REQUESTS", 1_000, 1..=100_000),
            allowed_origins: vars.list_of("ALLOWED_ORIGINS", is_origin, ORIGINS),
            public_url,
            frontend_url: vars.url("FRONTEND_URL"),
            return_paths: if paths.is_empty() { vec!["/*".to_owned()] } else { paths },
            split_sites,
        }
    }
}

#[cfg(test)]
mod tests;
