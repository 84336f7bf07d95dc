//! AWS Secrets Manager, through AWS's own SDK.

use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use tokio::sync::OnceCell;

use crate::error::chain;
use crate::net::Aws;

use super::keep::Fetched;
use super::{Fault, Which};

pub(super) struct AwsManager {
    aws: Arc<Aws>,
    client: OnceCell<Client>,
}

impl AwsManager {
    pub(super) fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: Arc::clone(aws), client: OnceCell::new() }
    }

    pub(super) async fn fetch(&self, id: &str, which: Which) -> Result<Fetched, Fault> {
        let client = self.client.get_or_try_init(|| async { self.aws.config().await.map(Client::new) }).await;
        let client = client.map_err(|error| Fault::Away(error.to_string()))?;
        let stage = match which {
            Which::Current => "AWSCURRENT",
            Which::Previous => "AWSPREVIOUS",
        };
        let reply = client.get_secret_value().secret_id(id).version_stage(stage).send().await;
        let reply = reply.map_err(|error| {
            let missing = error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception);
            if missing { Fault::Missing } else { Fault::Away(chain(&error)) }
        })?;
        let binary = reply.secret_binary.and_then(|blob| String::from_utf8(blob.into_inner()).ok());
        Ok(Fetched::new(reply.secret_string.or(binary).ok_or(Fault::Bad("it is no text"))?))
    }
}
