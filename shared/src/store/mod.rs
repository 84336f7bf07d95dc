//! State: one DynamoDB table. No function here exists without the owner's id.

mod fault;
mod items;
mod keys;
mod log;
mod messages;
mod sessions;
mod spill;
mod table;

use std::time::Duration;

use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Credentials;

use crate::config::StoreConfig;
use crate::error::{Error, Result};
use crate::net::Aws;

pub use log::{AFTER_HEAD, Appended, HeadPut, Log, Record, Said};
pub use messages::{MessagePage, Order};
pub use sessions::{Opening, OpeningRefused, SessionMark};

/// A store that does not answer is noticed by whoever waits for it within this time.
const PATIENCE: Duration = Duration::from_secs(4);

#[derive(Clone)]
pub struct Store {
    client: Client,
    table: String,
    log_days: u32,
}

impl Store {
    pub async fn connect(config: &StoreConfig, aws: &Aws) -> Result<Self> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_millis(1_500))
            .operation_timeout(PATIENCE)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(10)
            .with_initial_backoff(Duration::from_millis(50))
            .with_max_backoff(Duration::from_millis(500));
        let mut client = aws_sdk_dynamodb::config::Builder::from(aws.config().await?);
        if let Some(endpoint) = &config.endpoint {
            // Not AWS: such an engine wants a region and credentials, and looks at neither.
            let credentials = Credentials::new("local", "local", None, None, "local");
            client = client.endpoint_url(endpoint).region(Region::new("local")).credentials_provider(credentials);
        }
        let client = Client::from_conf(client.timeout_config(timeouts).retry_config(retries).build());
        Ok(Self { client, table: config.table.clone(), log_days: config.log_days })
    }

    /// Whether the table is there and can be asked.
    pub async fn ready(&self) -> Result<()> {
        let reply = self.client.describe_table().table_name(&self.table).send().await;
        reply.map(|_| ()).map_err(|error| fault::of(error, "table"))
    }
}

/// A stored item that our own code cannot read.
fn unreadable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::internal(cause)
}
