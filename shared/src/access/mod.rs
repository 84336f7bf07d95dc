//! Who may come in: signing in, staying in, keys and tickets, and the proof that each request brings.

mod api_keys;
mod logins;
mod passwords;
mod pickup;
mod proof;
mod return_path;
mod sign_in;
mod tickets;

use std::sync::Arc;
use std::time::Duration;

pub use api_keys::NewKey;
pub use logins::Issued;
pub use passwords::Admitted;
pub use proof::{Proof, Proven, Renewed};
pub use sign_in::{AppCode, ProviderReply, ReturningBrowser, SIGN_IN_TTL, SignInOptions, SignedIn, StartedSignIn};
pub use tickets::TICKET_LIFE;

use crate::config::{Config, HttpConfig, ProviderConfig, Secrets};
use crate::domain::{Timestamp, UserId};
use crate::error::{Error, Result};
use crate::identity::{LOCAL_ISSUER, Passwords, Provider, Tokens, Trusted, address_digest};
use crate::net::http_client;
use crate::store::{Export, Store};

use return_path::ReturnPaths;

/// The laptop's own provider (`functions/all/src/issuer`).
const DEMO_CLIENT: &str = "counsel-laptop";

pub struct Access {
    store: Store,
    tokens: Arc<Tokens>,
    providers: Vec<Provider>,
    trusted: Trusted,
    passwords: Passwords,
    /// Whose users those are who sign in by password.
    password_issuer: String,
    return_paths: ReturnPaths,
    app_redirect_uris: Vec<String>,
    public_url: Option<String>,
    /// What stands before a path after signing in: the front end's address, or nothing but our own path.
    landing: String,
    token_life: Duration,
    login_life: Duration,
}

impl Access {
    pub fn new(config: &Config, store: &Store, tokens: &Arc<Tokens>, secrets: &Arc<Secrets>) -> Result<Self> {
        let (identity, http) = (&config.identity, http_client(config.roots)?);
        let demo = identity.demo.then(|| demo(config)).flatten();
        let providers = identity.providers.iter().chain(&demo);
        Ok(Self {
            store: store.clone(),
            tokens: Arc::clone(tokens),
            providers: providers.map(|provider| Provider::new(provider, &http, secrets)).collect(),
            trusted: Trusted::new(&identity.trusted, &http, secrets),
            passwords: Passwords::new()?,
            password_issuer: format!("{}/password", identity.issuer),
            return_paths: ReturnPaths::new(&config.http.return_paths),
            app_redirect_uris: identity.app_redirect_uris.clone(),
            public_url: config.http.public_url.clone(),
            landing: landing(&config.http),
            token_life: identity.access_life,
            login_life: identity.login_life,
        })
    }

    /// Those that may be signed in with; the first is the default.
    pub fn providers(&self) -> impl Iterator<Item = &ProviderConfig> {
        self.providers.iter().map(|provider| &provider.config)
    }

    fn provider(&self, name: Option<&str>) -> Result<&Provider> {
        let named = |provider: &&Provider| name.is_none_or(|name| provider.config.name == name);
        self.providers.iter().find(named).ok_or_else(|| Error::not_found("provider"))
    }

    /// Everything that this user has.
    pub async fn export(&self, user: &UserId, now: Timestamp) -> Result<Export> {
        let address = self.store.address(user, now).await?;
        Ok(self.store.export(user, address.map(|(email, subject)| (address_digest(&email), subject))))
    }

    /// An address of ours, as the outside knows it: from the configuration, never from a request.
    fn address(&self, path: &str) -> Result<String> {
        let base = self.public_url.as_ref().ok_or_else(|| Error::internal("PUBLIC_URL is not set"))?;
        Ok(format!("{base}{path}"))
    }
}

fn landing(config: &HttpConfig) -> String {
    let own = || config.public_url.as_deref().and_then(|url| url::Url::parse(url).ok());
    let own = || own().map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default();
    config.frontend_url.clone().unwrap_or_else(own)
}

fn demo(config: &Config) -> Option<ProviderConfig> {
    let base = config.http.public_url.as_ref()?;
    Some(ProviderConfig {
        name: "demo".to_owned(),
        label: Some("a demo user".to_owned()),
        issuer: LOCAL_ISSUER.to_owned(),
        discovery: Some(format!("{base}/demo/.well-known/openid-configuration")),
        client_id: DEMO_CLIENT.to_owned(),
        client_secret: None,
        scopes: "openid email profile".to_owned(),
    })
}
