//! Tokens as JSON (RFC 6749, 5.1), for clients that keep them themselves.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Issued;

#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub struct TokenReply {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    refresh_token: String,
}

impl TokenReply {
    /// For clients that were promised the type in small letters.
    pub fn bearer(issued: Issued) -> Self {
        Self { token_type: "bearer", ..issued.into() }
    }
}

impl From<Issued> for TokenReply {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.access,
            token_type: "Bearer",
            expires_in: issued.access_life.as_secs(),
            refresh_token: issued.refresh,
        }
    }
}
