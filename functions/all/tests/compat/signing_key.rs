//! Keys of issuers, and tokens as an issuer or a forger would make them.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

pub(crate) struct SigningKey {
    pub(crate) kid: String,
    alg: Algorithm,
    signs: EncodingKey,
    /// `SubjectPublicKeyInfo`.
    public: Vec<u8>,
}

impl SigningKey {
    pub(crate) fn es256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let signs = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        Self { kid: kid.to_owned(), alg: Algorithm::ES256, public: public.as_ref().to_vec(), signs }
    }

    pub(crate) fn rs256(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let signs = EncodingKey::from_rsa_pem(pem("PRIVATE KEY", pkcs8.as_ref()).as_bytes()).unwrap();
        Self { kid: kid.to_owned(), alg: Algorithm::RS256, public: public.as_ref().to_vec(), signs }
    }

    /// As a member of a key set.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.signs, self.alg).unwrap()).unwrap();
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_under(&json!({ "typ": "JWT", "kid": self.kid }), claims)
    }

    /// With a header of one's own; the algorithm is this key's unless the header names one.
    pub(crate) fn sign_under(&self, header: &Value, claims: &Value) -> String {
        let mut whole = json!({ "alg": format!("{:?}", self.alg) });
        whole.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
        token(&whole, claims, |message| crypto::sign(message, &self.signs, self.alg).unwrap())
    }

    /// The public key as somebody may have saved it: what a verifier that is confused would take for a secret.
    pub(crate) fn public_forms(&self) -> Vec<Vec<u8>> {
        let pem = pem("PUBLIC KEY", &self.public);
        let jwk = self.jwk();
        let raw = ["n", "x"].into_iter().find_map(|name| jwk[name].as_str());
        let raw = BASE64_URL_SAFE_NO_PAD.decode(raw.expect("a modulus or a coordinate")).unwrap();
        vec![pem.trim().into(), pem.into(), self.public.clone(), raw, jwk.to_string().into()]
    }
}

/// A token that is sealed with a shared secret.
pub(crate) fn hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    let mut whole = json!({ "alg": "HS256", "typ": "JWT" });
    whole.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
    let key = EncodingKey::from_secret(secret);
    token(&whole, claims, |message| crypto::sign(message, &key, Algorithm::HS256).unwrap())
}

/// Header and claims, and whatever shall stand for a signature.
pub(crate) fn token(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> String) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    format!("{message}.{}", sign(message.as_bytes()))
}

fn pem(name: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {name}-----\n{}\n-----END {name}-----\n", lines.join("\n"))
}

/// Seconds since 1970, some of them later or earlier.
pub(crate) fn in_seconds(more: i64) -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + more
}
