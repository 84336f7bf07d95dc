//! The key that signs for as long as the process lives.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};
use shared::error::{Error, Result};
use shared::identity::LOCAL_ISSUER;

/// ES256, which every client knows.
pub(super) struct IssuerKey {
    id: String,
    signs: EncodingKey,
    verifies: DecodingKey,
    /// The two halves of the point that is the public key.
    x: String,
    y: String,
}

impl IssuerKey {
    pub(super) fn make() -> Result<Self> {
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &SystemRandom::new()).map_err(Error::internal)?;
        let pair = EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref()).map_err(Error::internal)?;
        // An uncompressed point (SEC 1, 2.3.3): a 4, then x and y of 32 bytes each.
        let point = pair.public_key().as_ref();
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Ok(Self {
            id: text(&digest(&SHA256, point).as_ref()[..6]),
            signs: EncodingKey::from_ec_der(pkcs8.as_ref()),
            verifies: DecodingKey::from_ec_der(point),
            x: text(&point[1..33]),
            y: text(&point[33..]),
        })
    }

    /// RFC 7517, RFC 7518 section 6.2.
    pub(super) fn public(&self) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": self.x, "y": self.y })
    }

    pub(super) fn sign(&self, kind: &str, claims: &Value) -> Result<String> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.signs).map_err(Error::internal)
    }

    /// The claims of a token that is ours, for this audience, and has not ended.
    pub(super) fn read(&self, token: &str, audience: &str) -> Option<Value> {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[LOCAL_ISSUER]);
        validation.set_audience(&[audience]);
        jsonwebtoken::decode(token, &self.verifies, &validation).ok().map(|token| token.claims)
    }
}
