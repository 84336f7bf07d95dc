//! Access tokens: JWT (RFC 7519, RFC 9068), signed with EdDSA and with nothing else.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::config::{IdentityConfig, Secrets};
use crate::domain::{LoginId, Timestamp, UserId};
use crate::error::{Error, Result};

use super::key::{Key, make_unless_there};

const AUDIENCE: &str = "counsel";
const KIND: &str = "at+jwt";
/// Clocks of two machines may differ by so much.
const SKEW_SECONDS: i64 = 60;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    /// The login that it was made in.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<LoginId>,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub user: UserId,
    /// A laptop's `make token` has none.
    pub login: Option<LoginId>,
    pub expires_at: Timestamp,
}

pub struct Tokens {
    config: IdentityConfig,
    secrets: Arc<Secrets>,
    key: OnceCell<Key>,
}

impl Tokens {
    pub fn new(config: &IdentityConfig, secrets: &Arc<Secrets>) -> Self {
        Self { config: config.clone(), secrets: Arc::clone(secrets), key: OnceCell::new() }
    }

    /// The key of a laptop, made on its first start.
    pub fn make_local_key(path: &Path) -> Result<()> {
        make_unless_there(path)
    }

    pub async fn mint(&self, user: &UserId, login: Option<&LoginId>, life: Duration, now: Timestamp) -> Result<String> {
        let key = self.key().await?;
        let claims = Claims {
            iss: self.config.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_string(),
            sid: login.cloned(),
            iat: now.seconds(),
            exp: now.plus(life).seconds(),
            nbf: None,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(KIND.to_owned());
        header.kid = Some(key.id.clone());
        jsonwebtoken::encode(&header, &claims, &key.signs).map_err(Error::internal)
    }

    /// The user whom the token names; every fault is the same 401.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Verified> {
        let key = self.key().await?;
        let header = jsonwebtoken::decode_header(token).map_err(refused)?;
        if header.alg != Algorithm::EdDSA
            || header.typ.as_deref() != Some(KIND)
            || header.kid.as_deref() != Some(&key.id)
        {
            return Err(refused("another algorithm, type or key"));
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.config.issuer]);
        validation.required_spec_claims = HashSet::from(["exp", "aud", "iss", "sub"].map(str::to_owned));
        // Time is checked below, against the caller's `now`.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifies, &validation).map_err(refused)?.claims;
        let early = claims.nbf.is_some_and(|nbf| nbf > now.seconds() + SKEW_SECONDS);
        if early || claims.exp.saturating_add(SKEW_SECONDS) < now.seconds() {
            return Err(refused("outside its time"));
        }
        let user = UserId::parse(claims.sub).map_err(refused)?;
        Ok(Verified { user, login: claims.sid, expires_at: Timestamp::from_millis(claims.exp.saturating_mul(1_000)) })
    }

    /// The public keys, for others who want to check our tokens (RFC 7517, RFC 8037).
    pub async fn jwks(&self) -> Result<serde_json::Value> {
        let key = self.key().await?;
        Ok(serde_json::json!({ "keys": [key.public()] }))
    }

    /// `text` with a seal, so that it comes back as we gave it, for the purpose we gave it for.
    pub async fn seal(&self, purpose: &str, text: &str) -> Result<String> {
        let key = self.key().await?;
        let tag = hmac::sign(&key.seals, format!("{purpose}\n{text}").as_bytes());
        let sealed = [&tag.as_ref()[..16], text.as_bytes()].concat();
        Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What was sealed; none when anything about it was changed.
    pub async fn unseal(&self, purpose: &str, sealed: &str) -> Result<Option<String>> {
        let key = self.key().await?;
        let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(sealed) else { return Ok(None) };
        let Some((tag, text)) = bytes.split_at_checked(16) else { return Ok(None) };
        let Ok(text) = std::str::from_utf8(text) else { return Ok(None) };
        let expected = hmac::sign(&key.seals, format!("{purpose}\n{text}").as_bytes());
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..16], tag).is_ok();
        Ok(same.then(|| text.to_owned()))
    }

    async fn key(&self) -> Result<&Key> {
        let load = || async {
            let pem = self.secrets.get(&self.config.token_key).await?;
            Key::parse(pem.expose_secret())
        };
        self.key.get_or_try_init(load).await
    }
}

fn refused(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::unauthenticated("The access token is not valid.").because(cause)
}

#[cfg(test)]
mod tests;
