//! Access tokens of other issuers (a Supabase project, for instance), accepted where configured.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::Client;
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::config::{Secrets, TrustedIssuer};
use crate::domain::Identity;
use crate::error::Result;

use super::key_set::{Expected, KeySet, not_proven};

/// Strangers may name keys that nobody has: the issuer is not asked more often than this.
const PAUSE: Duration = Duration::from_secs(2);

pub struct Trusted {
    issuers: Vec<(TrustedIssuer, Option<KeySet>)>,
    http: Client,
    secrets: Arc<Secrets>,
}

#[derive(Deserialize)]
struct Issuer {
    iss: Option<String>,
}

#[derive(Deserialize)]
struct ForeignClaims {
    sub: String,
    email: Option<String>,
    #[serde(default)]
    role: Option<String>,
}

impl Trusted {
    pub fn new(issuers: &[TrustedIssuer], http: &Client, secrets: &Arc<Secrets>) -> Self {
        let key_set = |issuer: &TrustedIssuer| issuer.jwks.clone().map(|url| KeySet::new(url, PAUSE));
        let issuers = issuers.iter().map(|issuer| (issuer.clone(), key_set(issuer))).collect();
        Self { issuers, http: http.clone(), secrets: Arc::clone(secrets) }
    }

    /// Whether a token claims to be of one of these issuers. That it claims so proves nothing yet.
    pub fn claims(&self, token: &str) -> bool {
        !self.issuers.is_empty() && self.named_in(token).is_some()
    }

    pub async fn verify(&self, token: &str) -> Result<Identity> {
        let (issuer, keys) = self.named_in(token).ok_or_else(|| not_proven("no issuer that we know"))?;
        let expected = Expected { issuer: &issuer.issuer, audience: &issuer.audience };
        let claims: ForeignClaims = match keys {
            Some(keys) => keys.verify(&self.http, token, &expected).await?,
            None => self.verify_shared(token, issuer, &expected).await?,
        };
        // A Supabase project's public key is such a token: it names a role, and nobody.
        if claims.sub.is_empty() || matches!(claims.role.as_deref(), Some("anon" | "service_role")) {
            return Err(not_proven("it names nobody"));
        }
        let (issuer, subject) = (issuer.issuer.clone(), claims.sub);
        Ok(Identity { issuer, subject, email: claims.email, email_verified: false, name: None, picture: None })
    }

    /// HS256 and nothing else: the configuration says so, not the token's header.
    async fn verify_shared(
        &self,
        token: &str,
        issuer: &TrustedIssuer,
        expected: &Expected<'_>,
    ) -> Result<ForeignClaims> {
        let name = issuer.secret.as_ref().ok_or_else(|| not_proven("neither keys nor a secret"))?;
        let secret = self.secrets.get(name).await?;
        let key = DecodingKey::from_secret(secret.expose_secret().trim().as_bytes());
        let token = jsonwebtoken::decode(token, &key, &expected.validation(Algorithm::HS256));
        token.map(|token| token.claims).map_err(not_proven)
    }

    fn named_in(&self, token: &str) -> Option<&(TrustedIssuer, Option<KeySet>)> {
        let Issuer { iss } = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
        self.issuers.iter().find(|(issuer, _)| Some(&issuer.issuer) == iss.as_ref())
    }
}
