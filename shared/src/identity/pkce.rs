//! Proof Key for Code Exchange (RFC 7636), method S256 and no other.

use crate::error::Result;

use super::credential::{digest_of, random};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// 43 characters, as the RFC recommends.
pub fn verifier() -> Result<String> {
    random::<32>().map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

pub fn challenge(verifier: &str) -> String {
    digest_of(verifier)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        // RFC 7636, appendix B.
        let challenge = super::challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
