//! The client that calls model providers.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result};

use super::Roots;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn http_client(roots: Roots) -> Result<Client> {
    builder(roots)?.connect_timeout(CONNECT_TIMEOUT).build().map_err(Error::internal)
}

pub(crate) fn builder(roots: Roots) -> Result<ClientBuilder> {
    let builder = Client::builder().redirect(reqwest::redirect::Policy::none());
    match roots {
        Roots::Builtin => Ok(builder.tls_backend_preconfigured(builtin()?)),
        Roots::System => {
            // Fails when another client has installed the same one before.
            let _ = CryptoProvider::install_default(aws_lc_rs::default_provider());
            Ok(builder)
        }
    }
}

/// Reading the system's 145 roots would cost 3 ms of every cold start.
fn builtin() -> Result<ClientConfig> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(Error::internal)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
