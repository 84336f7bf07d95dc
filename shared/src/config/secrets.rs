//! Secrets: named in the environment, fetched on first use, kept for a while, refreshed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use tokio::sync::OnceCell;

use crate::error::{Error, Result};
use crate::net::Aws;

/// A rotated secret is in use everywhere after this long at the latest.
const KEPT_FOR: Duration = Duration::from_mins(5);

/// Where a secret is: the form of its name says it.
#[derive(Clone, Debug)]
pub enum SecretName {
    /// The value itself, on a laptop.
    Literal(SecretString),
    /// `env:NAME`
    Env(String),
    /// `file:/run/secrets/key`: a mounted file.
    File(PathBuf),
    /// `aws:name` or the ARN of a secret in AWS Secrets Manager.
    Aws(String),
}

impl<'de> Deserialize<'de> for SecretName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

impl SecretName {
    pub(super) fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some(("env", name)) => Self::Env(name.to_owned()),
            Some(("file", path)) => Self::File(path.into()),
            Some(("aws", name)) => Self::Aws(name.to_owned()),
            Some(("arn", _)) => Self::Aws(text.to_owned()),
            _ => Self::Literal(text.to_owned().into()),
        }
    }
}

pub struct Secrets {
    aws: Arc<Aws>,
    client: OnceCell<Client>,
    kept: Mutex<HashMap<String, (Instant, SecretString)>>,
}

impl Secrets {
    pub fn new(aws: &Arc<Aws>) -> Self {
        Self { aws: Arc::clone(aws), client: OnceCell::new(), kept: Mutex::default() }
    }

    pub async fn get(&self, name: &SecretName) -> Result<SecretString> {
        match name {
            SecretName::Literal(value) => Ok(value.clone()),
            SecretName::Env(var) => std::env::var(var).map(Into::into).map_err(|error| unreadable(error, var)),
            SecretName::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(text.into()),
                Err(error) => Err(unreadable(error, &path.display().to_string())),
            },
            SecretName::Aws(id) => self.aws(id).await,
        }
    }

    async fn aws(&self, id: &str) -> Result<SecretString> {
        let kept = self.kept(id);
        if let Some((at, value)) = &kept
            && at.elapsed() < KEPT_FOR
        {
            return Ok(value.clone());
        }
        match (self.fetch(id).await, kept) {
            (Ok(value), _) => Ok(self.keep(id, value)),
            // The manager is away: a secret that was good a moment ago is better than none.
            (Err(error), Some((_, value))) => {
                tracing::warn!(secret = id, %error, "secret could not be refreshed");
                Ok(value)
            }
            (Err(error), None) => Err(error),
        }
    }

    async fn fetch(&self, id: &str) -> Result<SecretString> {
        let client = self.client.get_or_try_init(|| async { self.aws.config().await.map(Client::new) }).await?;
        let reply = client.get_secret_value().secret_id(id).send().await;
        let reply = reply.map_err(|error| unreadable(DisplayErrorContext(error), id))?;
        match reply.secret_string {
            Some(value) if !value.trim().is_empty() => Ok(value.into()),
            _ => Err(unreadable("it is empty", id)),
        }
    }

    fn kept(&self, id: &str) -> Option<(Instant, SecretString)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn keep(&self, id: &str, value: SecretString) -> SecretString {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(id.to_owned(), (Instant::now(), value.clone()));
        value
    }
}

fn unreadable(cause: impl std::fmt::Display, name: &str) -> Error {
    Error::unavailable("secret").because(format!("secret {name}: {cause}"))
}
