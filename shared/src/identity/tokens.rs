//! Access tokens: JWT (RFC 7519, RFC 9068), signed with EdDSA and with nothing else.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::{Flaw, IdentityConfig, SecretRule, Secrets};
use crate::domain::{LoginId, Timestamp, UserId};
use crate::error::{Error, Result};

use super::key::{Ring, SigningKey, make_unless_there};

const AUDIENCE: &str = "counsel";
const KIND: &str = "at+jwt";
/// Clocks of two machines may differ by so much.
const SKEW_SECONDS: i64 = 60;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    /// The login that the token came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<LoginId>,
}

/// What we write into a header. One that says more (`jku`, `jwk`, `x5u`, `crit` …) is not from us.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OurHeader {
    alg: String,
    typ: String,
    kid: String,
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
    current: Memo,
    previous: Memo,
}

impl Tokens {
    pub fn new(config: &IdentityConfig, secrets: &Arc<Secrets>) -> Self {
        let (current, previous) = Default::default();
        Self { config: config.clone(), secrets: Arc::clone(secrets), current, previous }
    }

    /// The key of a laptop, made on its first start.
    pub fn make_local_key(path: &Path) -> Result<()> {
        make_unless_there(path)
    }

    /// What `TOKEN_KEY` must be.
    pub const fn rule() -> SecretRule {
        SecretRule::shaped(|text| Ring::parse(text).map(drop))
            .cured_by("make a key: openssl genpkey -algorithm ed25519")
    }

    /// The `iss` of our tokens.
    pub fn issuer(&self) -> &str {
        &self.config.issuer
    }

    pub async fn mint(&self, user: &UserId, login: Option<&LoginId>, life: Duration, now: Timestamp) -> Result<String> {
        let ring = self.ring().await?;
        let claims = Claims {
            iss: self.config.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: user.to_string(),
            iat: now.seconds(),
            exp: now.plus(life).seconds(),
            nbf: None,
            sid: login.cloned(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(KIND.to_owned());
        header.kid = Some(ring.signer().id.clone());
        jsonwebtoken::encode(&header, &claims, &ring.signer().signs).map_err(Error::internal)
    }

    /// What the token says; every fault is the same 401.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Verified> {
        let header = header(token).ok_or_else(|| refused("its header is not one of ours"))?;
        if header.alg != "EdDSA" || header.typ != KIND {
            return Err(refused("another algorithm or type"));
        }
        let key = self.search(|key| (key.id == header.kid).then(|| key.verifies.clone())).await?;
        let claims = self.claims(token, &key.ok_or_else(|| refused("another key"))?)?;
        let early = claims.nbf.is_some_and(|nbf| nbf.saturating_sub(SKEW_SECONDS) > now.seconds());
        if early || claims.exp.saturating_add(SKEW_SECONDS) < now.seconds() {
            return Err(refused("outside its time"));
        }
        Ok(Verified {
            user: UserId::parse(claims.sub).map_err(refused)?,
            login: claims.sid,
            expires_at: Timestamp::from_millis(claims.exp.saturating_mul(1_000)),
        })
    }

    fn claims(&self, token: &str, key: &DecodingKey) -> Result<Claims> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.config.issuer]);
        validation.required_spec_claims = HashSet::from(["exp", "aud", "iss", "sub"].map(str::to_owned));
        // Time is checked against the caller's `now`.
        validation.validate_exp = false;
        Ok(jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(refused)?.claims)
    }

    /// `text` with a seal, so that it comes back as we gave it, for the purpose we gave it for.
    pub async fn seal(&self, purpose: &str, text: &str) -> Result<String> {
        let ring = self.ring().await?;
        let tag = tag(ring.signer(), purpose, text);
        let sealed = [&tag.as_ref()[..16], text.as_bytes()].concat();
        Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What was sealed; none when anything about it was changed.
    pub async fn unseal(&self, purpose: &str, sealed: &str) -> Result<Option<String>> {
        let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(sealed) else { return Ok(None) };
        let Some((mark, text)) = bytes.split_at_checked(16) else { return Ok(None) };
        let Ok(text) = std::str::from_utf8(text) else { return Ok(None) };
        let is_ours = |key: &SigningKey| {
            let expected = tag(key, purpose, text);
            aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..16], mark).is_ok().then_some(())
        };
        Ok(self.search(is_ours).await?.map(|()| text.to_owned()))
    }

    /// The public halves of all keys that a good token may be signed with (RFC 7517, RFC 8037).
    pub async fn jwks(&self) -> Result<Value> {
        let (current, previous) = (self.ring_again().await?, self.previous().await?);
        let (mut seen, mut keys) = (HashSet::new(), Vec::new());
        for key in current.keys().iter().chain(previous.iter().flat_map(|ring| ring.keys())) {
            if seen.insert(key.id.as_str()) {
                let x = BASE64_URL_SAFE_NO_PAD.encode(&key.public);
                keys.push(json!({
                    "kty": "OKP", "crv": "Ed25519", "x": x, "kid": key.id, "use": "sig", "alg": "EdDSA",
                }));
            }
        }
        Ok(json!({ "keys": keys }))
    }

    /// The first key that fits. One that nobody here knows may be newer than what we have read.
    async fn search<T>(&self, find: impl Fn(&SigningKey) -> Option<T>) -> Result<Option<T>> {
        let ring = self.ring().await?;
        if let Some(found) = ring.keys().iter().find_map(&find) {
            return Ok(Some(found));
        }
        if let Some(found) = self.previous().await?.and_then(|ring| ring.keys().iter().find_map(&find)) {
            return Ok(Some(found));
        }
        let newer = self.ring_again().await?;
        if Arc::ptr_eq(&newer, &ring) { Ok(None) } else { Ok(newer.keys().iter().find_map(&find)) }
    }

    async fn ring(&self) -> Result<Arc<Ring>> {
        let text = self.secrets.get(&self.config.token_key).await?;
        self.current.ring(&text).map_err(unusable)
    }

    async fn ring_again(&self) -> Result<Arc<Ring>> {
        let text = self.secrets.refetch(&self.config.token_key).await?;
        self.current.ring(&text).map_err(unusable)
    }

    async fn previous(&self) -> Result<Option<Arc<Ring>>> {
        let Some(text) = self.secrets.previous(&self.config.token_key).await? else { return Ok(None) };
        let ring = self.previous.ring(&text);
        Ok(ring.inspect_err(|flaw| tracing::warn!(flaw, "the previous TOKEN_KEY cannot be used")).ok())
    }
}

/// The keys of the text that was read last: a key is parsed once, not at each request.
#[derive(Default)]
struct Memo(Mutex<Option<(SecretString, Arc<Ring>)>>);

impl Memo {
    fn ring(&self, text: &SecretString) -> Result<Arc<Ring>, Flaw> {
        let mut memo = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, ring)) = memo.as_ref()
            && known.expose_secret() == text.expose_secret()
        {
            return Ok(Arc::clone(ring));
        }
        let ring = Arc::new(Ring::parse(text.expose_secret())?);
        *memo = Some((text.clone(), Arc::clone(&ring)));
        Ok(ring)
    }
}

fn header(token: &str) -> Option<OurHeader> {
    let (header, _) = token.split_once('.')?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

fn tag(key: &SigningKey, purpose: &str, text: &str) -> hmac::Tag {
    hmac::sign(&key.seals, format!("{purpose}\n{text}").as_bytes())
}

fn unusable(flaw: Flaw) -> Error {
    Error::unavailable("secret").because(format!("TOKEN_KEY: {flaw}"))
}

fn refused(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::unauthenticated("The access token is not valid.").because(cause)
}

#[cfg(test)]
mod tests;
