//! How AWS is reached: one configuration and one HTTP client for all of its services.

use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::OnceCell;

use crate::error::Result;

use super::{GoogleRole, Roots};

/// Amazon's own roots: parsing these five instead of the system's 145 saves 3 ms of every cold start.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// A thousand turns that begin at once open three connections each; a few are enough for what they append later.
const MAX_IDLE: usize = 32;

/// Made on first use: where nothing of AWS is needed, nothing is paid.
pub struct Aws {
    roots: Roots,
    role: Option<GoogleRole>,
    config: OnceCell<SdkConfig>,
}

impl Aws {
    pub fn new(roots: Roots) -> Self {
        Self::with_role(roots, None)
    }

    /// With our identity on Google Cloud; without a role, with the one that AWS gives us.
    pub fn with_role(roots: Roots, role: Option<GoogleRole>) -> Self {
        Self { roots, role, config: OnceCell::new() }
    }

    pub(crate) async fn config(&self) -> Result<&SdkConfig> {
        self.config.get_or_try_init(async || Ok(self.proven(self.loader()?).await?.load().await)).await
    }

    async fn proven(&self, loader: ConfigLoader) -> Result<ConfigLoader> {
        let Some(role) = &self.role else { return Ok(loader) };
        let mut config = ProviderConfig::with_default_region().await;
        if let Some(http) = self.http()? {
            config = config.with_http_client(http);
        }
        Ok(loader.credentials_provider(role.lender(&config)?))
    }

    /// A configuration in the making, for who wants to say where AWS is; what is not said is searched for: in
    /// the environment, in files, in the machine's metadata service.
    pub(crate) fn loader(&self) -> Result<ConfigLoader> {
        let loader = aws_config::defaults(BehaviorVersion::latest());
        Ok(match self.http()? {
            Some(http) => loader.http_client(http),
            None => loader,
        })
    }

    /// None is the SDK's own, which reads the system's roots.
    fn http(&self) -> Result<Option<SharedHttpClient>> {
        if self.roots == Roots::System {
            return Ok(None);
        }
        let trust = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
        let tls = TlsContext::builder().with_trust_store(trust).build().map_err(crate::error::Error::internal)?;
        let http = Builder::new().pool_max_idle_per_host(MAX_IDLE).tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        Ok(Some(http.tls_context(tls).build_https()))
    }
}
