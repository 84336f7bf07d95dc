//! State: one DynamoDB table. No function here exists without the owner's id.

mod api_keys;
mod attributes;
mod batches;
mod conflicts;
mod entries;
mod erase;
mod erasures;
mod export;
mod fault;
mod files;
mod fingerprints;
mod heads;
mod keys;
mod kinds;
mod log;
mod logins;
mod messages;
mod open_turns;
mod passwords;
mod profiles;
mod records;
mod requests;
mod session_list;
mod sessions;
mod sign_ins;
mod spill;
mod table;
mod usage;

use std::sync::Arc;
use std::time::Duration;

use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Credentials;
use tokio::sync::OnceCell;

use crate::config::StoreConfig;
use crate::error::{Error, Result};
use crate::net::Aws;

pub use erasures::ErasureWork;
pub use export::{Export, Exported};
pub use fingerprints::Known;
pub use heads::HeadPut;
pub use kinds::{Kind, KindCounts};
pub use log::{AFTER_HEAD, Log};
pub use logins::{Former, KeptLogin, Rotated, Rotation};
pub use messages::{MessagePage, Order};
pub use open_turns::{Closing, Opening, OpeningRefused};
pub use passwords::{KeptPassword, Try};
pub use records::{Appended, Record, RecordBody, stored_bytes};
pub use session_list::SessionMark;
pub use sign_ins::SignIn;
pub use usage::{UsageRow, Used};

/// A caller notices within this time that the store does not answer.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Connects on first use: a function that stores nothing does not pay for it.
#[derive(Clone)]
pub struct Store {
    aws: Arc<Aws>,
    client: Arc<OnceCell<Client>>,
    endpoint: Option<String>,
    table: String,
    log_days: u32,
}

impl Store {
    pub fn new(config: &StoreConfig, aws: &Arc<Aws>) -> Self {
        let StoreConfig { endpoint, table, log_days } = config.clone();
        Self { aws: Arc::clone(aws), client: Arc::default(), endpoint, table, log_days }
    }

    async fn client(&self) -> Result<&Client> {
        self.client.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<Client> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_millis(1_500))
            .operation_timeout(TIMEOUT)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(10)
            .with_initial_backoff(Duration::from_millis(50))
            .with_max_backoff(Duration::from_millis(500));
        let client = match &self.endpoint {
            Some(endpoint) => {
                // Not AWS: such an engine wants a region and credentials, and looks at neither. Said here, they are
                // not searched for on a laptop's network, which takes seconds.
                let credentials = Credentials::new("local", "local", None, None, "local");
                let loader = self.aws.loader()?.endpoint_url(endpoint).region(Region::new("local"));
                aws_sdk_dynamodb::config::Builder::from(&loader.credentials_provider(credentials).load().await)
            }
            None => aws_sdk_dynamodb::config::Builder::from(self.aws.config().await?),
        };
        let client = client.timeout_config(timeouts).retry_config(retries).retry_classifier(conflicts::Conflicts);
        Ok(Client::from_conf(client.build()))
    }

    /// Whether the table is there and can be asked.
    pub async fn ready(&self) -> Result<()> {
        let reply = self.client().await?.describe_table().table_name(&self.table).send().await;
        reply.map(|_| ()).map_err(fault::during("table"))
    }
}

/// A stored item that our own code cannot read.
fn unreadable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::internal(cause)
}
