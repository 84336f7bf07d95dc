//! Wherever a function wakes up (Lambda, Cloud Run, a laptop): find out, and serve its `Router`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::{env, sync::Arc};

use axum::Router;
use futures::future::BoxFuture;

use crate::app::App;
use crate::config::{Config, SecretRule};
use crate::error::chain;
use crate::http::layers;
use crate::identity::Tokens;
use crate::telemetry;

mod exit;
mod impatient;
pub mod lambda;
mod listen;
mod metrics;
mod probe;
pub mod server;

pub use exit::exit;
pub use listen::listen;
pub use probe::probe;

pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How a function answers on Lambda; the template must say the same. A server does both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// The answer goes out when it is complete.
    Buffered,
    /// The answer goes out while it is written.
    Streamed,
}

/// Where this process finds itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Lambda,
    CloudRun,
    Laptop,
}

impl Host {
    pub fn detect() -> Self {
        if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
            Self::Lambda
        } else if env::var_os("K_SERVICE").is_some() {
            Self::CloudRun
        } else {
            Self::Laptop
        }
    }
}

/// Waits until nothing runs any more that a request has started.
#[derive(Clone)]
pub struct Idle(Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>);

impl Idle {
    pub fn when(idle: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(idle))
    }

    /// For routers that start no work of their own.
    pub fn at_once() -> Self {
        Self::when(|| Box::pin(std::future::ready(())))
    }

    pub(crate) async fn wait(&self) {
        (self.0)().await;
    }
}

type Check = fn(&Config) -> crate::error::Result<()>;

/// Runs one function's router wherever this process finds itself. `name` is that of its crate.
pub async fn serve(name: &'static str, mode: ResponseMode, router: fn(App) -> Router) -> ExitCode {
    serve_checked(name, mode, router, |_| Ok(())).await
}

/// The same for a function that checks more settings than every other.
pub async fn serve_checked(
    name: &'static str,
    mode: ResponseMode,
    router: fn(App) -> Router,
    check: Check,
) -> ExitCode {
    exit(serve_here(name, mode, router, check).await)
}

async fn serve_here(name: &'static str, mode: ResponseMode, router: fn(App) -> Router, check: Check) -> Result {
    let config = Config::from_env()?;
    if let Some(answer) = probe(&config.http) {
        return Ok(answer?);
    }
    check(&config)?;
    telemetry::init(&config.telemetry, &[name]);
    serve_with(config, mode, router, |address, _| tracing::info!(%address, "listening")).await
}

/// The same, for a process that has made its own configuration and wants to know when it can be reached.
pub async fn serve_with(
    mut config: Config,
    mode: ResponseMode,
    router: fn(App) -> Router,
    on_listening: impl FnOnce(SocketAddr, &App),
) -> Result {
    if let Some(path) = &config.local_key {
        Tokens::make_local_key(path)?;
    }
    if Host::detect() == Host::Lambda {
        let (service, app) = build(config, router)?;
        check_secrets(&app, false).await?;
        let served = lambda::run(service, mode, idle(app)).await;
        return served.map_err(|error| format!("AWS_LAMBDA_RUNTIME_API, which Lambda sets: {}", chain(&*error)).into());
    }
    let listener = listen("HOST", "PORT", (config.http.address, config.http.port).into()).await?;
    let address = listener.local_addr()?;
    if config.data_dir.is_some() {
        config.http.public_url.get_or_insert_with(|| format!("http://localhost:{}", address.port()));
    }
    let (service, app) = build(config, router)?;
    check_secrets(&app, true).await?;
    if let Some(address) = app.config.telemetry.metrics_address {
        metrics::serve(address).await?;
    }
    on_listening(address, &app);
    let draining = app.clone();
    Ok(server::run(service, listener, idle(app), move || draining.consultant.live().drain()).await?)
}

fn build(config: Config, router: fn(App) -> Router) -> Result<(Router, App)> {
    let app = App::new(config)?;
    Ok((layers(router(app.clone()), &app.config.http), app))
}

/// A bad secret stops the start. On Lambda a managed one is fetched, and then checked, by the first who needs it.
async fn check_secrets(app: &App, fetch_managed: bool) -> crate::error::Result<()> {
    let Config { identity, llm, .. } = &app.config;
    let mut all = vec![("TOKEN_KEY", &identity.token_key, Tokens::rule())];
    for provider in &llm.providers {
        let rule = if provider.own_server { SecretRule::PRESENT } else { SecretRule::at_least(20) };
        all.extend(provider.key.as_ref().map(|name| (provider.key_variable, name, rule.for_a_header())));
    }
    all.extend(identity.client_secrets().map(|(variable, name)| (variable, name, SecretRule::at_least(12))));
    let shared = SecretRule::at_least(32).cured_by("share 32 random bytes or more, openssl rand -hex 32");
    all.extend(identity.shared_secrets().map(|(variable, name)| (variable, name, shared)));
    app.secrets.check_all(&all, fetch_managed).await
}

fn idle(app: App) -> Idle {
    Idle::when(move || {
        let app = app.clone();
        Box::pin(async move { app.consultant.live().idle().await })
    })
}
