//! Means to reach others: AWS, an HTTP client, a reader of event streams.

mod aws;
mod google_role;
mod http_client;
mod sse;

use crate::error::{Error, Result};

pub use aws::Aws;
pub use google_role::GoogleRole;
pub(crate) use http_client::builder as http_client_builder;
pub(crate) use http_client::http_client;
pub(crate) use sse::{SseEvent, SseReader};

/// Whose certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Those that are compiled in: the public ones for providers, Amazon's own for AWS.
    Builtin,
    /// The system's, where a company's own authority may be among them.
    System,
}

impl Roots {
    /// AWS's SDK panics on a system without certificates.
    pub(crate) fn check(self) -> Result<()> {
        let found = match self {
            Self::Builtin => Ok(()),
            Self::System => http_client(self).map(drop),
        };
        found.map_err(|_| Error::setting("TLS_ROOTS", "this system has no certificates; install some, or unset it"))
    }
}
