//! What a provider says about itself (`OpenID` Connect Discovery 1.0).

use std::time::{Duration, Instant};

use reqwest::Client;
use serde::Deserialize;

use crate::config::ProviderConfig;
use crate::error::Result;
use crate::identity::fetch;

const TTL: Duration = Duration::from_hours(1);

#[derive(Clone, Debug, Deserialize)]
pub(super) struct ProviderMetadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    #[serde(default)]
    pub(super) userinfo_endpoint: Option<String>,
    /// Whether it names itself when it sends a browser back (RFC 9207).
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub(super) names_itself: bool,
    /// Absent means `client_secret_basic`.
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl ProviderMetadata {
    pub(super) async fn fetch(http: &Client, config: &ProviderConfig) -> Result<Self> {
        let usual = format!("{}/.well-known/openid-configuration", config.issuer.trim_end_matches('/'));
        let url = config.discovery.clone().unwrap_or(usual);
        let metadata: Self = fetch::json(http.get(url)).await?;
        if metadata.issuer != config.issuer {
            return Err(fetch::away(format!("the configuration of {} says it is another's", config.name)));
        }
        Ok(metadata)
    }

    /// The secret goes into the header, unless only the body is read.
    pub(super) fn wants_secret_in_body(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref();
        methods.is_some_and(|methods| !methods.iter().any(|method| method == "client_secret_basic"))
    }
}

/// Kept for a while: endpoints move rarely.
pub(super) struct Cached<T> {
    at: Instant,
    pub(super) value: T,
}

impl<T> Cached<T> {
    pub(super) fn new(value: T) -> Self {
        Self { at: Instant::now(), value }
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.at.elapsed() < TTL
    }
}
