//! Who asks: our own tokens and credentials, identity providers, other issuers, passwords.

mod credential;
mod fetch;
mod key;
mod key_set;
mod password;
pub mod pkce;
mod provider;
mod tokens;
mod trusted;

pub use credential::{Credential, Purpose, digest_of, random_text};
pub use password::{Match, Passwords};
pub use provider::{AuthorizationRequest, Code, Provider};
pub use tokens::{Tokens, Verified};
pub use trusted::Trusted;

use crate::crypto::sha256;
use crate::domain::UserId;

/// The issuer of a laptop's demo users. It names no port, so that Ada stays Ada on every port.
pub const LOCAL_ISSUER: &str = "http://localhost/demo";

/// What an e-mail address is found by, whatever its case.
pub fn address_digest(address: &str) -> String {
    digest_of(address.to_lowercase())
}

/// The user whom an issuer knows under this subject: the same two are always the same user, and nobody else.
pub fn user_id(issuer: &str, subject: &str) -> UserId {
    UserId::of_bytes(&sha256(format!("{issuer}\n{subject}"))[..16])
}
