//! Codes: what a browser carries from the page to the client, good for once and for a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use shared::error::{Error, Result};

use super::person::DemoUser;

const LIFE: Duration = Duration::from_mins(1);
/// Nobody on a laptop has so many tabs.
const MAX: usize = 1_000;

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) person: &'static DemoUser,
    pub(super) redirect_uri: String,
    /// The SHA-256 of a secret that only the client knows (PKCE, RFC 7636).
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
}

impl Grant {
    /// Whether who brings the code is who asked for it.
    pub(super) fn is_of(&self, redirect_uri: &str, verifier: &str) -> bool {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        self.redirect_uri == redirect_uri && self.challenge == challenge
    }
}

#[derive(Default)]
pub(super) struct Codes(Mutex<HashMap<String, (Grant, Instant)>>);

impl Codes {
    pub(super) fn give(&self, grant: Grant, now: Instant) -> Result<String> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).map_err(Error::internal)?;
        let code = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, (_, ends)| now < *ends);
        if codes.len() >= MAX {
            return Err(Error::unavailable("issuer"));
        }
        codes.insert(code.clone(), (grant, now + LIFE));
        Ok(code)
    }

    /// Taking a code uses it up, rightly or not.
    pub(super) fn take(&self, code: &str, now: Instant) -> Option<Grant> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (grant, ends) = codes.remove(code)?;
        (now < ends).then_some(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        let text = str::to_owned;
        let person = DemoUser::named("ada").unwrap();
        Grant { person, redirect_uri: text("http://localhost/callback"), challenge: text("c"), nonce: None }
    }

    #[test]
    fn a_code_is_good_for_once_and_for_a_minute() {
        let (codes, now) = (Codes::default(), Instant::now());
        let (first, second) = (codes.give(grant(), now).unwrap(), codes.give(grant(), now).unwrap());
        assert_ne!(first, second);
        assert_eq!(codes.take(&first, now + Duration::from_secs(59)), Some(grant()));
        assert_eq!(codes.take(&first, now + Duration::from_secs(59)), None);
        assert_eq!(codes.take(&second, now + LIFE), None);
    }

    #[test]
    fn forgotten_codes_make_room() {
        let (codes, now) = (Codes::default(), Instant::now());
        for _ in 0..MAX {
            codes.give(grant(), now).unwrap();
        }
        assert!(codes.give(grant(), now).is_err());
        assert!(codes.give(grant(), now + LIFE).is_ok());
    }
}
