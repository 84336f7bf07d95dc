//! Opaque credentials, `<prefix>_<user>.<id>.<secret>`: whose they are can be read, and only a digest is kept.

use std::fmt;

use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::crypto::sha256;
use crate::domain::{Id, UserId};
use crate::error::{Error, Result};

const SECRET_BYTES: usize = 32;

/// What a credential is good for. The prefix lets scanners of leaked secrets know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Becomes a new access token, and its own successor.
    Refresh,
    /// A personal API key.
    Key,
    /// Opens one stream or socket.
    Ticket,
}

impl Purpose {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "cr",
            Self::Key => "ck",
            Self::Ticket => "ct",
        }
    }
}

pub struct Credential<Kind> {
    pub user: UserId,
    pub id: Id<Kind>,
    purpose: Purpose,
    secret: [u8; SECRET_BYTES],
}

impl<Kind> Credential<Kind> {
    /// A new one, with an id that cannot be guessed either.
    pub fn fresh(purpose: Purpose, user: &UserId) -> Result<Self> {
        Ok(Self { user: user.clone(), id: Id::parse(random_text()?)?, purpose, secret: random()? })
    }

    /// None when it is no credential for this purpose.
    pub fn parse(purpose: Purpose, text: &str) -> Option<Self> {
        let mut pieces = text.strip_prefix(purpose.prefix())?.strip_prefix('_')?.split('.');
        let (user, id, secret) = (pieces.next()?, pieces.next()?, pieces.next()?);
        let secret = BASE64_URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        let is_whole = pieces.next().is_none();
        is_whole.then_some(Self { user: UserId::parse(user).ok()?, id: Id::parse(id).ok()?, purpose, secret })
    }

    /// What may be kept of it.
    pub fn digest(&self) -> String {
        digest_of(self.secret)
    }

    /// Whether it is the one of which this was kept.
    pub fn is(&self, kept: &str) -> bool {
        constant_time::verify_slices_are_equal(self.digest().as_bytes(), kept.as_bytes()).is_ok()
    }

    /// What takes its place: known to a holder of this one who reads the salt, so that two tabs that rotate
    /// at once, or one whose reply was lost, come to the same.
    pub fn successor(&self, salt: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let mut secret = [0; SECRET_BYTES];
        secret.copy_from_slice(hmac::sign(&key, salt.as_bytes()).as_ref());
        Self { user: self.user.clone(), id: self.id.clone(), purpose: self.purpose, secret }
    }
}

/// The credential itself, which its owner sees once. Deliberately no `Debug`.
impl<Kind> fmt::Display for Credential<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = BASE64_URL_SAFE_NO_PAD.encode(self.secret);
        write!(f, "{}_{}.{}.{secret}", self.purpose.prefix(), self.user, self.id)
    }
}

/// The SHA-256 of something secret, fit for a key or an attribute.
pub fn digest_of(secret: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(sha256(secret))
}

/// 128 bits that nobody can guess.
pub fn random_text() -> Result<String> {
    random::<16>().map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    fn fresh(purpose: Purpose) -> Credential<Thing> {
        Credential::fresh(purpose, &UserId::parse("ada").unwrap()).unwrap()
    }

    #[test]
    fn a_credential_comes_back_as_it_was_and_only_for_its_purpose() {
        let key = fresh(Purpose::Key);
        let read = Credential::<Thing>::parse(Purpose::Key, &key.to_string()).unwrap();
        assert_eq!((read.user.as_str(), &read.id), ("ada", &key.id));
        assert!(read.is(&key.digest()));
        assert!(!read.is(&fresh(Purpose::Key).digest()));
        assert!(Credential::<Thing>::parse(Purpose::Refresh, &key.to_string()).is_none());
    }

    #[test]
    fn what_is_kept_does_not_hold_the_secret() {
        let key = fresh(Purpose::Key);
        let secret = key.to_string().rsplit('.').next().unwrap().to_owned();
        assert!(!key.digest().contains(&secret));
    }

    #[test]
    fn the_successor_needs_the_secret_and_the_salt() {
        let token = fresh(Purpose::Refresh);
        assert!(token.successor("salt").is(&token.successor("salt").digest()));
        assert!(!token.successor("salt").is(&token.successor("other").digest()));
        assert!(!token.successor("salt").is(&fresh(Purpose::Refresh).successor("salt").digest()));
        assert_eq!(token.successor("salt").id, token.id);
    }

    #[test]
    fn what_is_no_credential_is_refused() {
        for text in ["", "ck_", "ck_ada.k.short", "ck_a#b.k.x", "ada.k.x", "ck_ada.k.AAAA.more"] {
            assert!(Credential::<Thing>::parse(Purpose::Key, text).is_none(), "{text:?} passed");
        }
    }
}
