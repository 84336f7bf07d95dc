//! The Ed25519 key that signs access tokens, and what is derived from it.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::error::{Error, Result};

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

pub(super) struct Key {
    /// Names the key in a token's header.
    pub(super) id: String,
    pub(super) signs: EncodingKey,
    pub(super) verifies: DecodingKey,
    public: String,
    /// Seals what a client carries for us: cursors.
    pub(super) seals: hmac::Key,
}

impl Key {
    pub(super) fn parse(pem: &str) -> Result<Self> {
        let body = pem.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let body = body.ok_or_else(|| unusable("it is no PKCS#8 PEM"))?;
        let body: String = body.split_whitespace().collect();
        let pkcs8 = BASE64_STANDARD.decode(body).map_err(|_| unusable("it is no base64"))?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8).map_err(|_| unusable("it is no Ed25519 key"))?;
        let public = pair.public_key().as_ref();
        let seal = digest::digest(&digest::SHA256, &[b"counsel cursor ", pkcs8.as_slice()].concat());
        Ok(Self {
            id: BASE64_URL_SAFE_NO_PAD.encode(&digest::digest(&digest::SHA256, public).as_ref()[..6]),
            signs: EncodingKey::from_ed_der(&pkcs8),
            public: BASE64_URL_SAFE_NO_PAD.encode(public),
            verifies: DecodingKey::from_ed_der(public),
            seals: hmac::Key::new(hmac::HMAC_SHA256, seal.as_ref()),
        })
    }

    /// As a member of a key set.
    pub(super) fn public(&self) -> serde_json::Value {
        serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": self.public, "kid": self.id, "use": "sig", "alg": "EdDSA" })
    }
}

/// Makes a key at `path`, readable by its owner only, unless there is one. On a laptop nobody hands us one.
pub(super) fn make_unless_there(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).map_err(Error::internal)?;
    let pem = format!("{BEGIN}\n{}\n{END}\n", BASE64_STANDARD.encode(pkcs8.as_ref()));
    write_once(path, &pem).map_err(Error::internal)
}

/// Two processes may start at once: the first one's key stays, and nobody reads half a key.
fn write_once(path: &Path, pem: &str) -> std::io::Result<()> {
    use std::io::{ErrorKind, Write};
    use std::os::unix::fs::OpenOptionsExt;

    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn unusable(why: &'static str) -> Error {
    Error::internal(format!("TOKEN_KEY cannot be used: {why}"))
}
