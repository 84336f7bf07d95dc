//! Somebody else's public keys (JWKS, RFC 7517): fetched, kept, fetched again when one is missing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Header, Validation};
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};

use super::fetch;

const TTL: Duration = Duration::from_hours(1);
/// Clocks of two machines may differ by so much.
const SKEW_SECONDS: u64 = 60;

pub(super) struct KeySet {
    url: String,
    /// An unknown key makes us ask again, but not before this: strangers can name any key.
    pause: Duration,
    kept: Mutex<Option<Cached>>,
    /// When we last asked, whatever came of it. Held while we ask: who comes meanwhile waits for that answer.
    asked: tokio::sync::Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Cached {
    at: Instant,
    keys: Arc<Vec<Jwk>>,
}

#[derive(Deserialize)]
struct KeySetReply {
    /// One by one: a kind of key that we do not know is no reason to refuse the others.
    keys: Vec<Value>,
}

/// What a token claims about itself; its signature is not checked yet.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
}

impl KeySet {
    pub(super) fn new(url: String, pause: Duration) -> Self {
        Self { url, pause, kept: Mutex::default(), asked: tokio::sync::Mutex::default() }
    }

    /// The claims of a token that one of these keys has signed. Which key, its header says; what key, never.
    pub(super) async fn verify<C>(&self, http: &Client, token: &str, expected: &Expected<'_>) -> Result<C>
    where
        C: DeserializeOwned,
    {
        let header = jsonwebtoken::decode_header(token).map_err(not_proven)?;
        if matches!(header.alg.family(), AlgorithmFamily::Hmac) {
            return Err(not_proven("a shared secret where a key pair is due"));
        }
        let kept = self.keys(http).await?;
        let mut claims = check_all(token, &header, &kept.keys, expected)?;
        if claims.is_none() && kept.at.elapsed() >= self.pause {
            // Signed with a key that is newer than what we hold.
            claims = check_all(token, &header, &self.newer_than(Some(&kept), http).await?.keys, expected)?;
        }
        claims.ok_or_else(|| not_proven("no such key"))
    }

    async fn keys(&self, http: &Client) -> Result<Cached> {
        match self.kept() {
            Some(kept) if kept.at.elapsed() < TTL => Ok(kept),
            kept => self.newer_than(kept.as_ref(), http).await,
        }
    }

    fn kept(&self) -> Option<Cached> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keys that came after these, from somebody else's question or from our own. However many need them, the
    /// issuer is asked once, and not again before the pause is over: that it is away is no reason to besiege it.
    async fn newer_than(&self, seen: Option<&Cached>, http: &Client) -> Result<Cached> {
        let mut asked = self.asked.lock().await;
        match self.kept() {
            Some(kept) if seen.is_none_or(|seen| kept.at > seen.at) => return Ok(kept),
            _ if asked.is_some_and(|asked| asked.elapsed() < self.pause) => {
                return Err(fetch::away("its keys were asked for in vain a moment ago"));
            }
            _ => {}
        }
        let fetched = self.fetch(http).await;
        // Not before: who hangs up while we ask has not asked.
        *asked = Some(Instant::now());
        fetched
    }

    async fn fetch(&self, http: &Client) -> Result<Cached> {
        let reply: KeySetReply = fetch::json(http.get(&self.url)).await?;
        let keys = reply.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        let kept = Cached { at: Instant::now(), keys: Arc::new(keys) };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept.clone());
        Ok(kept)
    }
}

/// The keys that may have signed a token with this header. One that names no key may be signed by any of its kind.
fn fitting(keys: &[Jwk], header: &Header) -> Vec<DecodingKey> {
    let named = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
    let signs = |key: &&Jwk| !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let alg = |key: &&Jwk| key.common.key_algorithm.is_none_or(|alg| alg.to_string() == format!("{:?}", header.alg));
    let keys = keys.iter().filter(named).filter(signs).filter(alg).filter_map(|key| DecodingKey::from_jwk(key).ok());
    keys.filter(|key| key.family() == header.alg.family()).collect()
}

/// None when none of these keys has signed it.
fn check_all<C: DeserializeOwned>(
    token: &str,
    header: &Header,
    keys: &[Jwk],
    expected: &Expected<'_>,
) -> Result<Option<C>> {
    for key in fitting(keys, header) {
        if let Some(claims) = check(token, &key, header.alg, expected)? {
            return Ok(Some(claims));
        }
    }
    Ok(None)
}

/// None when it was signed with another key than this one.
fn check<C: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    alg: Algorithm,
    expected: &Expected<'_>,
) -> Result<Option<C>> {
    match jsonwebtoken::decode::<C>(token, key, &expected.validation(alg)) {
        Ok(token) => Ok(Some(token.claims)),
        Err(error) if matches!(error.kind(), jsonwebtoken::errors::ErrorKind::InvalidSignature) => Ok(None),
        Err(error) => Err(not_proven(error)),
    }
}

impl Expected<'_> {
    pub(super) fn validation(&self, alg: Algorithm) -> Validation {
        let mut validation = Validation::new(alg);
        validation.set_issuer(&[self.issuer]);
        validation.set_audience(&[self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = SKEW_SECONDS;
        validation
    }
}

pub(super) fn not_proven(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::unauthenticated("The token does not prove who you are.").because(cause)
}
