//! A user: a person an identity provider vouches for. Issuer and subject say who; an e-mail address never does.

use super::Timestamp;

/// What a provider says about somebody who has just proven to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    pub picture: Option<String>,
}

/// What we keep of it: how the user wants to be called, not who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub identity: Identity,
    pub created_at: Timestamp,
    pub last_login_at: Timestamp,
}
