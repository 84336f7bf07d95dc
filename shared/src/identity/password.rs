//! Passwords: hashed with Argon2id (RFC 9106), slowly by design, and off the threads that serve.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::{Error, Result};

use super::credential::random;

/// OWASP's Password Storage Cheat Sheet: at least 19 MiB, two passes, one lane. When this is raised, each password
/// is hashed anew as its owner logs in.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Each takes the memory above: a crowd at the door must not take all of it.
const CONCURRENCY: usize = 4;
const TIMEOUT: Duration = Duration::from_secs(5);

/// What a password is to the hash that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    Right,
    /// Right, but hashed with less work than today's.
    RightAndWeak,
    Wrong,
}

pub struct Passwords {
    hasher: Argon2<'static>,
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub fn new() -> Result<Self> {
        let params =
            Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self { hasher: params.into(), permits: Arc::new(Semaphore::new(CONCURRENCY)) })
    }

    /// What may be kept of a password (a PHC string, with its salt and the work that it took).
    pub async fn hash(&self, password: &SecretString) -> Result<String> {
        let (hasher, password) = (self.hasher.clone(), password.clone());
        self.work(move || hash(&hasher, &password)).await
    }

    /// Without anything kept the same work is done, so that nobody learns by the clock who is known.
    pub async fn check(&self, password: &SecretString, kept: Option<&str>) -> Result<Match> {
        let Some(kept) = kept.map(str::to_owned) else { return self.hash(password).await.map(|_| Match::Wrong) };
        let (hasher, password) = (self.hasher.clone(), password.clone());
        self.work(move || check(&hasher, &password, &kept)).await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let permit = timeout(TIMEOUT, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| Error::unavailable("password check"))?.map_err(Error::internal)?;
        let work = move || {
            // Held to the end of the work, even when the caller has hung up.
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }
}

fn hash(hasher: &Argon2<'_>, password: &SecretString) -> Result<String> {
    let hash = hasher.hash_password_with_salt(password.expose_secret().as_bytes(), &random::<16>()?);
    hash.map(|hash| hash.to_string()).map_err(unusable)
}

fn check(hasher: &Argon2<'_>, password: &SecretString, kept: &str) -> Result<Match> {
    let kept = PasswordHash::new(kept).map_err(unusable)?;
    match hasher.verify_password(password.expose_secret().as_bytes(), &kept) {
        Ok(()) if is_weak(&kept) => Ok(Match::RightAndWeak),
        Ok(()) => Ok(Match::Right),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Match::Wrong),
        Err(error) => Err(unusable(error)),
    }
}

fn is_weak(kept: &PasswordHash) -> bool {
    let work = |params: Params| (params.m_cost(), params.t_cost(), params.p_cost());
    Params::try_from(kept).map(work) != Ok((MEMORY_KIB, PASSES, LANES))
}

/// Of the hash and its parameters; a password is never in it.
fn unusable(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("a password's hash: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_no_other() {
        let passwords = Passwords::new().unwrap();
        let kept = passwords.hash(&secret("correct horse")).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, passwords.hash(&secret("correct horse")).await.unwrap(), "the salt is new each time");
        for (password, expected) in [("correct horse", Match::Right), ("correct hors", Match::Wrong)] {
            assert_eq!(passwords.check(&secret(password), Some(&kept)).await.unwrap(), expected);
        }
        assert_eq!(passwords.check(&secret("correct horse"), None).await.unwrap(), Match::Wrong);
    }

    #[tokio::test]
    async fn a_hash_that_took_less_work_is_told() {
        let weaker = Argon2::from(Params::new(8 * 1024, 1, 1, None).unwrap());
        let kept = hash(&weaker, &secret("correct horse")).unwrap();
        let passwords = Passwords::new().unwrap();
        assert_eq!(passwords.check(&secret("correct horse"), Some(&kept)).await.unwrap(), Match::RightAndWeak);
        assert_eq!(passwords.check(&secret("battery"), Some(&kept)).await.unwrap(), Match::Wrong);
    }

    #[tokio::test]
    async fn a_hash_that_is_none_opens_nothing() {
        let passwords = Passwords::new().unwrap();
        for kept in ["", "correct horse", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "$2b$12$abc"] {
            let said = passwords.check(&secret("correct horse"), Some(kept)).await;
            assert!(matches!(said, Err(_) | Ok(Match::Wrong)), "{kept:?} passed");
        }
    }
}
