//! The Ed25519 keys of access tokens, and what is derived from them.

use std::path::Path;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::config::{Flaw, unusable_data_dir};
use crate::crypto::sha256;
use crate::error::Error;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

pub(super) struct SigningKey {
    /// Names the key in a token's header.
    pub(super) id: String,
    /// What everybody may know of it.
    pub(super) public: Vec<u8>,
    pub(super) signs: EncodingKey,
    pub(super) verifies: DecodingKey,
    /// Seals what a client carries for us: cursors.
    pub(super) seals: hmac::Key,
}

/// The keys of one secret: the first signs, all verify.
pub(super) struct Ring(Vec<SigningKey>);

impl Ring {
    /// PEM blocks one after the other, and nothing else.
    pub(super) fn parse(text: &str) -> Result<Self, Flaw> {
        let (mut keys, mut rest) = (Vec::new(), text.trim());
        while !rest.is_empty() {
            let block = rest.strip_prefix(BEGIN).and_then(|rest| rest.split_once(END));
            let (body, after) = block.ok_or("it is no PKCS#8 PEM (BEGIN PRIVATE KEY … END PRIVATE KEY)")?;
            keys.push(SigningKey::parse(body)?);
            rest = after.trim_start();
        }
        if keys.is_empty() { Err("it holds no key") } else { Ok(Self(keys)) }
    }

    pub(super) fn signer(&self) -> &SigningKey {
        &self.0[0]
    }

    pub(super) fn keys(&self) -> &[SigningKey] {
        &self.0
    }
}

impl SigningKey {
    fn parse(body: &str) -> Result<Self, Flaw> {
        let body: String = body.split_whitespace().collect();
        let pkcs8 = BASE64_STANDARD.decode(body).map_err(|_| "its PEM is no base64")?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8).map_err(|_| "it is no Ed25519 key")?;
        let public = pair.public_key().as_ref();
        let seal = sha256([b"counsel cursor ", pkcs8.as_slice()].concat());
        Ok(Self {
            id: BASE64_URL_SAFE_NO_PAD.encode(&sha256(public)[..6]),
            public: public.to_owned(),
            signs: EncodingKey::from_ed_der(&pkcs8),
            verifies: DecodingKey::from_ed_der(public),
            seals: hmac::Key::new(hmac::HMAC_SHA256, seal.as_ref()),
        })
    }
}

/// Makes a key at `path`, readable by its owner only, unless there is one. On a laptop nobody hands us one.
pub(super) fn make_unless_there(path: &Path) -> Result<(), Error> {
    if path.exists() {
        return Ok(());
    }
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).map_err(Error::internal)?;
    let pem = format!("{BEGIN}\n{}\n{END}\n", BASE64_STANDARD.encode(pkcs8.as_ref()));
    write_once(path, &pem).map_err(|error| unusable_data_dir(path.parent().unwrap_or(path), &error))
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
