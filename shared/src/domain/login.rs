//! A login: one trip through an identity provider, and what may be done with it until it is ended.

use super::{KeyId, LoginId, Timestamp};

/// Lives on as its refresh token rotates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub id: LoginId,
    /// The name of the provider that vouched.
    pub provider: String,
    /// What the browser or app called itself.
    pub agent: Option<String>,
    pub created_at: Timestamp,
    pub used_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A personal API key, as far as it can be shown after its making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: KeyId,
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Made by signing in (the IDE plug-in): ends with the logins.
    pub by_login: bool,
}
