//! AWS without keys, on Google Cloud: Google says who we are, AWS believes it and lends us a role for an hour.
//!
//! - `cloud.google.com/run/docs/securing/service-identity#identity_tokens`
//! - `docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html`

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use reqwest::Client;

use crate::error::{Error, Result};

/// Whom Google's token is for. The role trusts no other (deploy/cloud-run/aws.tf).
const AUDIENCE: &str = "sts.amazonaws.com";
/// What AWS writes into its own logs.
const SESSION: &str = "counsel";
const TIMEOUT: Duration = Duration::from_secs(3);

/// A role of AWS that is lent to the service account we run as.
#[derive(Clone, Debug)]
pub struct GoogleRole {
    pub arn: String,
    /// Who says which service account this is.
    pub metadata_host: String,
}

#[derive(Debug)]
pub(super) struct Lender {
    url: String,
    client: Client,
    token: PathBuf,
    sts: WebIdentityTokenCredentialsProvider,
}

impl GoogleRole {
    /// `config` says how AWS is reached.
    pub(super) fn lender(&self, config: &ProviderConfig) -> Result<Lender> {
        // What asks for our identity goes through no proxy.
        let client = super::http_client_builder(super::Roots::Builtin)?.no_proxy().timeout(TIMEOUT);
        let token = token_file();
        let role = StaticConfiguration {
            web_identity_token_file: token.clone(),
            role_arn: self.arn.clone(),
            session_name: SESSION.to_owned(),
        };
        let host = &self.metadata_host;
        let account = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default");
        Ok(Lender {
            url: format!("{account}/identity?audience={AUDIENCE}"),
            client: client.build().map_err(Error::internal)?,
            token,
            sts: WebIdentityTokenCredentialsProvider::builder().static_configuration(role).configure(config).build(),
        })
    }
}

/// The SDK takes the token from a file only; each lender has its own, so that none reads half of another's.
fn token_file() -> PathBuf {
    static LENDERS: AtomicUsize = AtomicUsize::new(0);
    let number = LENDERS.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("counsel-{}-{number}.jwt", std::process::id()))
}

impl Lender {
    /// The SDK keeps what it gets, and asks again shortly before it ends.
    async fn lend(&self) -> provider::Result {
        let token = self.identity().await.map_err(|error| CredentialsError::provider_error(error.without_url()))?;
        write(&self.token, &token).map_err(CredentialsError::provider_error)?;
        let lent = self.sts.provide_credentials().await;
        let _ = fs::remove_file(&self.token);
        lent
    }

    async fn identity(&self) -> reqwest::Result<String> {
        let reply = self.client.get(&self.url).header("Metadata-Flavor", "Google").send().await?;
        reply.error_for_status()?.text().await
    }
}

impl ProvideCredentials for Lender {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.lend())
    }
}

/// For our eyes only.
fn write(path: &Path, token: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(token.as_bytes())
}
