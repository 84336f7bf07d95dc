//! Signing in by e-mail and password, where that is switched on. It proves no address: the
//! user is a random subject of our own, and the address is only how they are found.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::domain::{Identity, Timestamp};
use crate::error::{Error, Result, codes};
use crate::identity::{Match, address_digest, random_text};
use crate::store::{KeptPassword, Try};

use super::{Access, Issued};

const PROVIDER: &str = "password";
/// RFC 5321, 4.5.3.1.3: a path has at most 256 characters, and two of them are its brackets.
const MAX_EMAIL_BYTES: usize = 254;
/// NIST SP 800-63B asks for 8 at least and for no rules of composition; the end keeps the work bounded.
const FEWEST_PASSWORD_CHARS: usize = 8;
const MAX_PASSWORD_CHARS: usize = 256;
const MAX_TRIES: u32 = 10;
const TRIES_LIFE: Duration = Duration::from_mins(15);

/// Who has come in by password, and the address by which they registered.
pub struct Admitted {
    pub issued: Issued,
    pub email: String,
}

/// An e-mail address: shown as it was written, found whatever its case.
struct Address {
    written: String,
    digest: String,
}

impl Access {
    /// Nobody is written to: that the address is theirs is not claimed.
    pub async fn register(
        &self,
        email: &str,
        password: &SecretString,
        agent: Option<&str>,
        now: Timestamp,
    ) -> Result<Admitted> {
        let address = Address::parse(email).ok_or_else(bad_email)?;
        if !(FEWEST_PASSWORD_CHARS..=MAX_PASSWORD_CHARS).contains(&length(password)) {
            return Err(Error::new(codes::BAD_PASSWORD, "A password is 8 to 256 characters long."));
        }
        if self.store.password(&address.digest, now).await?.is_some() {
            return Err(taken());
        }
        let hash = self.passwords.hash(password).await?;
        let (email, subject) = (address.written, random_text()?);
        let kept = KeptPassword { email, subject, hash, created_at: now.millis() };
        if !self.store.put_password(&address.digest, &kept, now).await? {
            return Err(taken());
        }
        self.admit(kept, agent, now).await
    }

    /// Who is not known and who does not know the password hear the same, after the same work.
    pub async fn log_in(
        &self,
        email: &str,
        password: &SecretString,
        agent: Option<&str>,
        now: Timestamp,
    ) -> Result<Admitted> {
        let address = Address::parse(email).ok_or_else(wrong)?;
        // Nobody has registered with such a one; a body's worth of it is not worth hashing.
        if length(password) > MAX_PASSWORD_CHARS {
            return Err(wrong());
        }
        if let Try::TooMany(until) = self.store.count_try(&address.digest, MAX_TRIES, now, now.plus(TRIES_LIFE)).await?
        {
            let why = "Too many tries with this address. Please wait a while.";
            return Err(Error::new(codes::TOO_MANY_TRIES, why).retry_after(until.since(now)));
        }
        let kept = self.store.password(&address.digest, now).await?;
        let is_match = self.passwords.check(password, kept.as_ref().map(|kept| kept.hash.as_str())).await?;
        let Some(kept) = kept.filter(|_| is_match != Match::Wrong) else { return Err(wrong()) };
        self.store.forget_tries(&address.digest).await?;
        if is_match == Match::RightAndWeak {
            let better = self.passwords.hash(password).await?;
            self.store.rehash_password(&address.digest, &kept.hash, &better).await?;
        }
        self.admit(kept, agent, now).await
    }

    async fn admit(&self, kept: KeptPassword, agent: Option<&str>, now: Timestamp) -> Result<Admitted> {
        let identity = Identity {
            issuer: self.password_issuer.clone(),
            subject: kept.subject,
            email: Some(kept.email.clone()),
            email_verified: false,
            name: None,
            picture: None,
        };
        let issued = self.welcome(PROVIDER, &identity, agent, now).await?;
        Ok(Admitted { issued, email: kept.email })
    }
}

impl Address {
    /// Only what cannot be an address is refused: whether it is one, nothing but a letter to it can tell.
    fn parse(text: &str) -> Option<Self> {
        let written = text.trim();
        let (name, domain) = written.split_once('@')?;
        let is_plain = |part: &str| !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control());
        let is_domain = !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains('@');
        let fits = written.len() <= MAX_EMAIL_BYTES && is_plain(name) && is_plain(domain) && is_domain;
        fits.then(|| Self { written: written.to_owned(), digest: address_digest(written) })
    }
}

fn length(password: &SecretString) -> usize {
    password.expose_secret().chars().count()
}

fn bad_email() -> Error {
    Error::new(codes::BAD_EMAIL, "This is no e-mail address.")
}

fn taken() -> Error {
    Error::new(codes::EMAIL_TAKEN, "A user with this e-mail address is registered already.")
}

/// The words are the contract's.
fn wrong() -> Error {
    Error::unauthenticated("Invalid email or password").with_code(codes::WRONG_PASSWORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_whatever_its_case_and_shown_as_written() {
        let address = Address::parse("  Ada@Example.COM ").unwrap();
        assert_eq!(address.written, "Ada@Example.COM");
        assert_eq!(address.digest, Address::parse("ada@example.com").unwrap().digest);
        assert_ne!(address.digest, Address::parse("ada@example.org").unwrap().digest);
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(243));
        for text in ["", "ada", "@example.com", "ada@", "a@b@c", "a da@b.c", "ada@b\n.c", "ada@.b", "ada@b.", &long] {
            assert!(Address::parse(text).is_none(), "{text:?} passed");
        }
        assert!(Address::parse(&long[1..]).is_some());
    }
}
