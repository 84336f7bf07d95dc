//! Who may come in, and how: the settings of sign-in.

use std::time::Duration;

use serde::Deserialize;

use super::vars::{Vars, is_redirect, is_safe_url};
use super::{SecretName, Variable};

const GOOGLE: &str = "https://accounts.google.com";
const REDIRECTS: &str = "must be exact addresses without #, com.example.app:/callback, separated by commas";
const USUAL_SCOPES: &str = "openid email profile";

#[derive(Clone, Debug)]
pub struct IdentityConfig {
    /// `TOKEN_KEY`: the secret with the Ed25519 keys (PKCS#8 PEM) of access tokens; the first signs.
    pub token_key: SecretName,
    /// `TOKEN_ISSUER`: the `iss` of our access tokens.
    pub issuer: String,
    /// `ACCESS_TOKEN_SECONDS`
    pub access_life: Duration,
    /// `LOGIN_DAYS`: so long a login lives on without being used.
    pub login_life: Duration,
    /// `OIDC_PROVIDERS`, `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`; the first is the default.
    pub providers: Vec<ProviderConfig>,
    /// A laptop that was given no provider is one itself, for demo users.
    pub demo: bool,
    /// `APP_REDIRECT_URIS`: where apps that run the flow themselves may be sent back to.
    pub app_redirect_uris: Vec<String>,
    /// `TRUSTED_ISSUERS`: whose access tokens are accepted beside our own.
    pub trusted: Vec<TrustedIssuer>,
    /// `PASSWORD_SIGN_IN`: whether users may register with an e-mail address and a password.
    pub passwords: bool,
}

/// An `OpenID` Connect provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// How `GET /login?provider=` names it.
    pub name: String,
    /// How a button names it.
    #[serde(default)]
    pub label: Option<String>,
    pub issuer: String,
    /// Where its configuration is, if not under the issuer.
    #[serde(default)]
    pub discovery: Option<String>,
    pub client_id: String,
    #[serde(default)]
    pub client_secret: Option<SecretName>,
    #[serde(default = "usual_scopes")]
    pub scopes: String,
}

/// Another issuer of access tokens, a Supabase project for instance: its keys, or the secret it shares with us.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    pub issuer: String,
    pub audience: String,
    #[serde(default)]
    pub jwks: Option<String>,
    #[serde(default)]
    pub secret: Option<SecretName>,
}

fn usual_scopes() -> String {
    USUAL_SCOPES.to_owned()
}

impl IdentityConfig {
    /// A key and nothing else: what checking tokens needs.
    pub fn of_key(token_key: SecretName, issuer: &str) -> Self {
        Self {
            token_key,
            issuer: issuer.to_owned(),
            access_life: Duration::from_mins(15),
            login_life: Duration::from_hours(24 * 30),
            providers: Vec::new(),
            demo: false,
            app_redirect_uris: Vec::new(),
            trusted: Vec::new(),
            passwords: false,
        }
    }

    pub(super) fn read(vars: &mut Vars, token_key: Option<SecretName>) -> Self {
        let providers = providers(vars);
        let token_key = token_key.unwrap_or_else(|| {
            vars.fault("TOKEN_KEY", "must be set to the name of an Ed25519 key: file:/path, aws:name, an ARN …");
            SecretName::Env(String::new())
        });
        let issuer = vars.text("TOKEN_ISSUER").unwrap_or_else(|| "counsel".to_owned());
        Self {
            access_life: Duration::from_secs(vars.within("ACCESS_TOKEN_SECONDS", 900, 1..=3_600)),
            login_life: Duration::from_hours(24 * vars.within("LOGIN_DAYS", 30, 1..=365)),
            demo: vars.is_laptop() && providers.is_empty(),
            providers,
            app_redirect_uris: vars.list_of("APP_REDIRECT_URIS", is_redirect, REDIRECTS),
            trusted: trusted(vars),
            passwords: vars.one_of("PASSWORD_SIGN_IN", "off", &["off", "on"]) == "on",
            ..Self::of_key(token_key, &issuer)
        }
    }

    /// Every secret of sign-in, with the variable that names it.
    pub fn client_secrets(&self) -> impl Iterator<Item = (Variable, &SecretName)> {
        let of_provider = |provider: &ProviderConfig| match provider.issuer.as_str() {
            GOOGLE => "GOOGLE_CLIENT_SECRET",
            _ => "OIDC_PROVIDERS",
        };
        self.providers.iter().filter_map(move |p| p.client_secret.as_ref().map(|secret| (of_provider(p), secret)))
    }

    pub fn shared_secrets(&self) -> impl Iterator<Item = (Variable, &SecretName)> {
        self.trusted.iter().filter_map(|issuer| issuer.secret.as_ref().map(|secret| ("TRUSTED_ISSUERS", secret)))
    }
}

/// Google first, where it is configured: it is the default.
fn providers(vars: &mut Vars) -> Vec<ProviderConfig> {
    let mut providers: Vec<ProviderConfig> = google(vars).into_iter().collect();
    providers.extend(vars.json::<ProviderConfig>("OIDC_PROVIDERS"));
    for (index, provider) in providers.iter().enumerate() {
        let mut wrong = |why: &str| vars.fault("OIDC_PROVIDERS", &format!("number {}: {why}", index + 1));
        if !provider.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            wrong("its name must be of a-z 0-9 -");
        }
        if providers[..index].iter().any(|other| other.name == provider.name) {
            wrong("its name is taken, choose another");
        }
        if !is_safe_url(&provider.issuer) || !provider.discovery.as_deref().is_none_or(is_safe_url) {
            wrong("its issuer must be an https:// address (http:// on localhost only)");
        }
        if !provider.scopes.split(' ').any(|scope| scope == "openid") {
            wrong("its scopes must hold openid");
        }
    }
    providers
}

fn google(vars: &mut Vars) -> Option<ProviderConfig> {
    let (id, secret) = (vars.text("GOOGLE_CLIENT_ID"), vars.secret("GOOGLE_CLIENT_SECRET"));
    if id.is_some() != secret.is_some() {
        vars.fault("GOOGLE_CLIENT_ID", "must be set together with GOOGLE_CLIENT_SECRET, or neither");
    }
    Some(ProviderConfig {
        name: "google".to_owned(),
        label: Some("Google".to_owned()),
        issuer: GOOGLE.to_owned(),
        discovery: None,
        client_id: id?,
        client_secret: Some(secret?),
        scopes: usual_scopes(),
    })
}

fn trusted(vars: &mut Vars) -> Vec<TrustedIssuer> {
    let trusted = vars.json::<TrustedIssuer>("TRUSTED_ISSUERS");
    for (index, issuer) in trusted.iter().enumerate() {
        let mut wrong = |why: &str| vars.fault("TRUSTED_ISSUERS", &format!("number {}: {why}", index + 1));
        if issuer.issuer.is_empty() || issuer.audience.is_empty() {
            wrong("it needs issuer and audience");
        }
        if issuer.jwks.is_some() == issuer.secret.is_some() {
            wrong("it needs either jwks or secret");
        }
        if !issuer.jwks.as_deref().is_none_or(is_safe_url) {
            wrong("its jwks must be an https:// address (http:// on localhost only)");
        }
    }
    trusted
}
