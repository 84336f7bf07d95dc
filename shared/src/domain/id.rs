//! Ids: opaque to clients, safe in keys and paths. Ours are decimal and time-ordered; clients may bring their own.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

use super::Timestamp;

/// 2025-01-01T00:00:00Z: with 41 bits of milliseconds our ids last until 2094.
const EPOCH_MS: i64 = 1_735_689_600_000;
const RANDOM_BITS: u32 = 12;
/// JavaScript's safe integers: one of the clients we serve reads ids as numbers.
const SAFE: u64 = (1 << 53) - 1;

/// An id of one kind of thing: `Id<Session>` is not an `Id<Turn>`.
pub struct Id<Kind>(String, PhantomData<fn() -> Kind>);

pub type UserId = Id<kind::User>;
pub type SessionId = Id<kind::Session>;
pub type TurnId = Id<kind::Turn>;
pub type MessageId = Id<kind::Message>;
pub type CallId = Id<kind::Call>;
pub type LoginId = Id<kind::Login>;
pub type KeyId = Id<kind::Key>;
/// The receipt of an erasure: nobody can guess it.
pub type ErasureId = Id<kind::Erasure>;
/// The provider's.
pub type FileId = Id<kind::File>;
pub type ContainerId = Id<kind::Container>;

pub mod kind {
    //! What an id can be of.
    pub enum User {}
    pub enum Session {}
    pub enum Turn {}
    pub enum Message {}
    pub enum Call {}
    pub enum Login {}
    pub enum Key {}
    pub enum Erasure {}
    pub enum File {}
    pub enum Container {}
}

impl<Kind> Id<Kind> {
    /// 1–64 characters of `A–Z a–z 0–9 _ -`.
    pub fn parse(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(Self(text, PhantomData));
        }
        Err(Error::invalid("id", "An id is 1 to 64 characters of A-Z a-z 0-9 _ -."))
    }

    /// A new id: later ones are larger, also as text of the same length.
    pub fn fresh(now: Timestamp, random: u64) -> Self {
        let since = u64::try_from(now.millis() - EPOCH_MS).unwrap_or(0);
        Self::from_number((since << RANDOM_BITS) | (random & ((1 << RANDOM_BITS) - 1)))
    }

    /// The id that belongs to a digest: the same input gives the same id.
    pub fn derived(digest: &[u8; 32]) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self::from_number(u64::from_be_bytes(first))
    }

    fn from_number(number: u64) -> Self {
        Self((number & SAFE).to_string(), PhantomData)
    }

    /// The id that follows this one; an id that is not a number has none, so it stays.
    pub fn next(&self) -> Self {
        self.0.parse::<u64>().map_or_else(|_| self.clone(), |number| Self::from_number(number + 1))
    }

    /// For clients that know numbers only, and JavaScript's: ours are. None for an id that a client has named otherwise.
    pub fn to_number(&self) -> Option<u64> {
        let number = self.0.parse().ok().filter(|number| (1..=SAFE).contains(number))?;
        (number.to_string() == self.0).then_some(number)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SessionId {
    /// All of a digest, as hexadecimal digits.
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        Self(digits(digest).collect(), PhantomData)
    }
}

impl UserId {
    /// 128 bits of a digest as hexadecimal digits; with dashes it is a UUID.
    pub fn of_bytes(digest: &[u8]) -> Self {
        Self(digits(digest).collect(), PhantomData)
    }

    /// For clients that want a UUID: the same digits, with dashes. An id that is not made of them stays as it is.
    pub fn uuid(&self) -> String {
        let is_digits = self.0.len() == 32 && self.0.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_digits {
            return self.0.clone();
        }
        [&self.0[..8], &self.0[8..12], &self.0[12..16], &self.0[16..20], &self.0[20..]].join("-")
    }

    /// A number that JavaScript can read, for clients that want one. It is shown; nobody is found by it.
    pub fn number(&self) -> u64 {
        let digits = self.0.get(..13).and_then(|digits| u64::from_str_radix(digits, 16).ok());
        digits.unwrap_or_default() & SAFE
    }
}

fn digits(bytes: &[u8]) -> impl Iterator<Item = char> {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(move |byte| [byte >> 4, byte & 15].map(digit))
}

impl CallId {
    /// Providers name calls as they like (`call_…`, `toolu_…`): what does not fit an id is replaced.
    pub fn from_provider(text: &str) -> Self {
        let fits = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
        let text: String = text.chars().take(64).map(fits).collect();
        Self(if text.is_empty() { "call".to_owned() } else { text }, PhantomData)
    }
}

impl<Kind> Clone for Id<Kind> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<Kind> PartialEq for Id<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<Kind> Eq for Id<Kind> {}

impl<Kind> Hash for Id<Kind> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<Kind> fmt::Display for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<Kind> fmt::Debug for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<Kind> Serialize for Id<Kind> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, Kind> Deserialize<'de> for Id<Kind> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(text).map_err(|error| serde::de::Error::custom(error.public()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_id_is_larger_and_safe_for_javascript() {
        let early = TurnId::fresh(Timestamp::from_millis(1_800_000_000_000), u64::MAX);
        let late = TurnId::fresh(Timestamp::from_millis(1_800_000_000_001), 0);
        let number = |id: &TurnId| id.as_str().parse::<u64>().unwrap();
        assert!(number(&early) < number(&late));
        assert!(number(&late) <= SAFE);
        assert_eq!(early.as_str().len(), late.as_str().len());
    }

    #[test]
    fn a_user_can_be_shown_as_uuid_and_number() {
        let user = UserId::parse("0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(user.uuid(), "01234567-89ab-cdef-0123-456789abcdef");
        assert!(user.number() > 0 && user.number() <= SAFE);
        assert_eq!(UserId::parse("ada").unwrap().uuid(), "ada");
    }

    #[test]
    fn a_number_is_an_id_that_javascript_can_read_and_write() {
        let number = |id: &str| SessionId::parse(id).unwrap().to_number();
        assert_eq!(number("243912337697051"), Some(243_912_337_697_051));
        assert_eq!(number("9007199254740991"), Some(SAFE));
        for odd in ["9007199254740992", "0", "007", "-7", "diary", "7a", "99999999999999999999999"] {
            assert_eq!(number(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_id_cannot_smuggle_a_key_or_a_path() {
        for text in ["", "a#b", "../x", "a b", "é", &"a".repeat(65)] {
            assert!(SessionId::parse(text).is_err(), "{text:?} passed");
        }
        assert!(SessionId::parse("my-Session_1").is_ok());
    }
}
