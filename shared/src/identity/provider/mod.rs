//! An `OpenID` Connect provider: where to send a browser, and who it says came back.

mod discovery;
mod id_token;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use crate::config::{ProviderConfig, Secrets};
use crate::domain::Identity;
use crate::error::{Error, Result, codes};

use super::fetch;
use super::key_set::{Expected, KeySet, not_proven};

use discovery::{Cached, ProviderMetadata};
use id_token::{IdClaims, Person};

pub struct Provider {
    pub config: ProviderConfig,
    http: Client,
    secrets: Arc<Secrets>,
    /// What it says about itself, and its keys: asked on first use.
    found: Mutex<Option<Arc<Cached<Found>>>>,
}

struct Found {
    metadata: ProviderMetadata,
    keys: KeySet,
}

/// What a browser takes to the provider.
pub struct AuthorizationRequest<'a> {
    pub redirect_uri: &'a str,
    pub state: &'a str,
    pub nonce: &'a str,
    pub challenge: &'a str,
}

/// What came back from it.
pub struct Code<'a> {
    pub code: &'a str,
    pub redirect_uri: &'a str,
    /// None only for a client that builds its own authorization request without one.
    pub verifier: Option<&'a str>,
    pub nonce: Option<&'a str>,
}

#[derive(Deserialize)]
struct TokenReply {
    id_token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    person: Person,
}

impl Provider {
    pub fn new(config: &ProviderConfig, http: &Client, secrets: &Arc<Secrets>) -> Self {
        Self { config: config.clone(), http: http.clone(), secrets: Arc::clone(secrets), found: Mutex::default() }
    }

    /// The address of the provider's own page.
    pub async fn page(&self, ask: &AuthorizationRequest<'_>) -> Result<Url> {
        let found = self.found().await?;
        let mut url = Url::parse(&found.value.metadata.authorization_endpoint).map_err(fetch::away)?;
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.config.client_id),
            ("redirect_uri", ask.redirect_uri),
            ("scope", &self.config.scopes),
            ("state", ask.state),
            ("nonce", ask.nonce),
            ("code_challenge", ask.challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url)
    }

    /// Whether a browser comes from this provider. One that says that it names itself has to (RFC 9207).
    pub async fn is(&self, named: Option<&str>) -> Result<bool> {
        match named {
            Some(issuer) => Ok(issuer == self.config.issuer),
            None => Ok(!self.found().await?.value.metadata.names_itself),
        }
    }

    /// Who has brought this code. It works once, and only with what was given along at the beginning.
    pub async fn identify(&self, code: &Code<'_>) -> Result<Identity> {
        let found = self.found().await?;
        let reply = self.exchange(&found.value.metadata, code).await?;
        match (&reply.id_token, code.nonce) {
            (Some(token), _) => {
                let claims = self.check(&found.value, token, code.nonce).await?;
                let more =
                    if claims.is_nameless() { self.more(&found.value, &reply, claims.subject()).await } else { None };
                Ok(claims.identity(more))
            }
            // Without `openid` in its scopes a client gets no ID token; it asked for no nonce either.
            (None, None) => {
                let UserInfo { sub, person } = self.userinfo(&found.value, &reply).await?;
                Ok(person.identity(self.config.issuer.clone(), sub))
            }
            (None, Some(_)) => Err(refused("no ID token")),
        }
    }

    async fn exchange(&self, metadata: &ProviderMetadata, code: &Code<'_>) -> Result<TokenReply> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.code),
            ("redirect_uri", code.redirect_uri),
            ("client_id", &self.config.client_id),
        ];
        form.extend(code.verifier.map(|verifier| ("code_verifier", verifier)));
        let secret = match &self.config.client_secret {
            Some(name) => Some(self.secrets.get(name).await?),
            None => None,
        };
        let secret = secret.as_ref().map(|secret| secret.expose_secret().trim());
        let mut request = self.http.post(&metadata.token_endpoint);
        match secret {
            Some(secret) if metadata.wants_secret_in_body() => form.push(("client_secret", secret)),
            // RFC 6749, 2.3.1: both are form-encoded before they are joined.
            Some(secret) => request = request.basic_auth(encoded(&self.config.client_id), Some(encoded(secret))),
            None => {}
        }
        let reply = fetch::send(request.form(&form)).await?;
        match reply.status() {
            status if status.is_success() => serde_json::from_slice(&fetch::body(reply).await?).map_err(fetch::away),
            // A spent or foreign code, another verifier.
            StatusCode::BAD_REQUEST => Err(refused("the provider refused the code")),
            status => Err(fetch::away(format!("{status} from the token endpoint"))),
        }
    }

    async fn check(&self, found: &Found, token: &str, nonce: Option<&str>) -> Result<IdClaims> {
        let expected = Expected { issuer: &self.config.issuer, audience: &self.config.client_id };
        let claims = found.keys.verify::<IdClaims>(&self.http, token, &expected).await.map_err(in_english)?;
        claims.check(&self.config.client_id, nonce).map_err(in_english)?;
        Ok(claims)
    }

    /// Names and addresses are nice to have: a provider that does not tell them is no reason to send somebody away.
    async fn more(&self, found: &Found, reply: &TokenReply, subject: &str) -> Option<Person> {
        match self.userinfo(found, reply).await {
            Ok(info) if info.sub == subject => Some(info.person),
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(%error, "no userinfo");
                None
            }
        }
    }

    async fn userinfo(&self, found: &Found, reply: &TokenReply) -> Result<UserInfo> {
        let (Some(url), Some(token)) = (&found.metadata.userinfo_endpoint, &reply.access_token) else {
            return Err(not_proven("no userinfo"));
        };
        fetch::json(self.http.get(url).bearer_auth(token)).await
    }

    async fn found(&self) -> Result<Arc<Cached<Found>>> {
        let mut found = self.found.lock().await;
        if let Some(kept) = found.as_ref().filter(|kept| kept.is_fresh()) {
            return Ok(Arc::clone(kept));
        }
        let metadata = ProviderMetadata::fetch(&self.http, &self.config).await?;
        // Its tokens come from the provider itself, over TLS: an unknown key is a new key, not a stranger's.
        let keys = KeySet::new(metadata.jwks_uri.clone(), Duration::ZERO);
        let kept = Arc::new(Cached::new(Found { metadata, keys }));
        *found = Some(Arc::clone(&kept));
        Ok(kept)
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn refused(cause: &'static str) -> Error {
    Error::unauthenticated("The provider did not confirm who you are. Please sign in again.")
        .with_code(codes::SIGN_IN_REFUSED)
        .because(cause)
}

/// A bad ID token is the provider's fault or a thief's, not the browser's.
fn in_english(error: Error) -> Error {
    if error.is_unavailable() { error } else { refused("the ID token does not hold").because(error) }
}
