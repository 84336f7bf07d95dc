//! Secrets: named in the environment, fetched on first use, kept for a while, refreshed, checked.

mod aws;
mod check;
mod google;
mod keep;
mod name;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::Hash;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;

use crate::error::{Error, Result};
use crate::net::{Aws, Roots};

use super::{GoogleConfig, Variable};
use aws::AwsManager;
pub use check::{Flaw, SecretRule};
use google::GoogleManager;
use keep::{Fetched, Keep};
pub use name::SecretName;

/// A rotated secret is in use everywhere after this long at the latest.
const TTL: Duration = Duration::from_mins(5);
/// A caller that insists gets nothing older than this.
const FRESH_FOR: Duration = Duration::from_secs(5);
/// On Cloud Run every look at a mounted secret is a call of its manager.
const FILE_TTL: Duration = Duration::from_secs(5);

/// Where the managed secrets are, and what is known of them.
pub struct Secrets {
    aws: AwsManager,
    google: GoogleManager,
    kept: Mutex<HashMap<(String, Which), Arc<Keep>>>,
    rules: Mutex<HashMap<String, (Variable, SecretRule)>>,
    kept_for: Duration,
    fresh_for: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Which {
    Current,
    Previous,
}

/// Why there is no value.
#[derive(Clone, Debug)]
enum Fault {
    /// The secret's keeper says that there is no such secret.
    Missing,
    /// Its content is of no use.
    Bad(Flaw),
    /// The secret's keeper does not answer as it should.
    Away(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("it is not there"),
            Self::Bad(flaw) => f.write_str(flaw),
            Self::Away(why) => f.write_str(why),
        }
    }
}

impl Secrets {
    pub fn new(aws: &Arc<Aws>, google: &GoogleConfig, roots: Roots) -> Self {
        Self {
            aws: AwsManager::new(aws),
            google: GoogleManager::new(google, roots),
            kept: Mutex::default(),
            rules: Mutex::default(),
            kept_for: TTL,
            fresh_for: FRESH_FOR,
        }
    }

    pub async fn get(&self, name: &SecretName) -> Result<SecretString> {
        let age = if name.is_managed() { self.kept_for } else { FILE_TTL };
        self.current(name, age, false).await.map(|fetched| fetched.value).map_err(|fault| self.unreadable(name, &fault))
    }

    /// The same, for who has reason to think that it was changed just now.
    pub async fn refetch(&self, name: &SecretName) -> Result<SecretString> {
        let age = if name.is_managed() { self.fresh_for } else { Duration::ZERO };
        self.current(name, age, true).await.map(|fetched| fetched.value).map_err(|fault| self.unreadable(name, &fault))
    }

    /// What stood there before the last rotation, if somebody keeps it.
    pub async fn previous(&self, name: &SecretName) -> Result<Option<SecretString>> {
        if !name.is_managed() {
            return Ok(None);
        }
        let fetch = async || match self.fetch_previous(name).await {
            Ok(fetched) => Ok(Some(fetched)),
            Err(Fault::Missing) => Ok(None),
            Err(fault) => Err(fault),
        };
        let got = self.keep(name, Which::Previous).get(self.kept_for, false, fetch).await;
        let got = got.map_err(|fault| self.unreadable(name, &fault))?;
        Ok(got.value.map(|fetched| fetched.value))
    }

    /// Looks at each secret that can be looked at, and reports all bad ones together. The managed ones cost a trip;
    /// where nobody looks at them now, they are held to their rule when they are first fetched.
    pub async fn check_all(&self, all: &[(Variable, &SecretName, SecretRule)], fetch_managed: bool) -> Result<()> {
        for (variable, name, rule) in all {
            self.rules.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_string(), (variable, *rule));
        }
        let looked_at = all.iter().filter(|(_, name, _)| fetch_managed || !name.is_managed());
        let faults = futures::future::join_all(looked_at.map(|(variable, name, rule)| async move {
            match self.current(name, self.kept_for, false).await {
                Ok(fetched) => rule.check(&fetched.value).err().map(|flaw| (flaw.to_owned(), rule.cure())),
                Err(Fault::Away(why)) if name.is_managed() => {
                    tracing::warn!(variable, secret = %name, why, "a secret could not be checked");
                    None
                }
                Err(Fault::Bad(flaw)) => Some((flaw.to_owned(), rule.cure())),
                Err(fault) => Some((fault.to_string(), "name one that this process can read")),
            }
            .map(|(fault, cure)| format!("{variable} ({name}): {fault}; {cure}"))
        }));
        // Two providers may share a key.
        let faults: BTreeSet<String> = faults.await.into_iter().flatten().collect();
        if faults.is_empty() {
            return Ok(());
        }
        Err(Error::invalid("environment", Vec::from_iter(faults).join(". ")))
    }

    async fn current(&self, name: &SecretName, age: Duration, insist: bool) -> Result<Fetched, Fault> {
        match name {
            SecretName::Literal(value) => return Ok(Fetched { value: value.clone(), version: None }),
            SecretName::Env(variable) => return env(variable),
            // It knows its own life, and is kept for no longer.
            SecretName::GoogleToken => {
                return self.google.token(insist).await.map(|value| Fetched { value, version: None });
            }
            _ => {}
        }
        let fetch = async || self.fetch(name).await.map(Some);
        let got = self.keep(name, Which::Current).get(age, insist, fetch).await?;
        if let Some(replaced) = got.replaced.filter(|_| name.is_managed()) {
            // Its manager says the same, but may be away when somebody wants to know.
            self.keep(name, Which::Previous).put(Some(replaced));
        }
        got.value.ok_or(Fault::Missing)
    }

    async fn fetch(&self, name: &SecretName) -> Result<Fetched, Fault> {
        let fetched = match name {
            SecretName::Aws(id) => self.aws.fetch(id, Which::Current).await,
            SecretName::Google(name) => self.google.current(name).await,
            SecretName::File(path) => file(path),
            SecretName::Literal(_) | SecretName::Env(_) | SecretName::GoogleToken => Err(Fault::Missing),
        }?;
        if name.is_managed() {
            self.rule_of(name).1.check(&fetched.value).map_err(Fault::Bad)?;
        }
        Ok(fetched)
    }

    async fn fetch_previous(&self, name: &SecretName) -> Result<Fetched, Fault> {
        match name {
            SecretName::Aws(id) => self.aws.fetch(id, Which::Previous).await,
            SecretName::Google(_) => {
                let current = self.current(name, self.kept_for, false).await?;
                self.google.before(current.version.as_deref().unwrap_or_default()).await
            }
            _ => Err(Fault::Missing),
        }
    }

    fn rule_of(&self, name: &SecretName) -> (Variable, SecretRule) {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.get(&name.to_string()).copied().unwrap_or(("secret", SecretRule::PRESENT))
    }

    fn keep(&self, name: &SecretName, which: Which) -> Arc<Keep> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry((name.to_string(), which)).or_default())
    }

    fn unreadable(&self, name: &SecretName, fault: &Fault) -> Error {
        let variable = self.rule_of(name).0;
        Error::unavailable("secret").because(format!("{variable} ({name}): {fault}"))
    }
}

fn env(variable: &str) -> Result<Fetched, Fault> {
    match std::env::var(variable) {
        Ok(value) => Ok(Fetched::new(value)),
        Err(std::env::VarError::NotPresent) => Err(Fault::Missing),
        Err(std::env::VarError::NotUnicode(_)) => Err(Fault::Bad("it is no text")),
    }
}

fn file(path: &Path) -> Result<Fetched, Fault> {
    std::fs::read_to_string(path).map(Fetched::new).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Fault::Missing,
        std::io::ErrorKind::InvalidData => Fault::Bad("it is no text"),
        std::io::ErrorKind::IsADirectory => Fault::Bad("it is a folder"),
        _ => Fault::Away(error.to_string()),
    })
}

#[cfg(test)]
mod tests;
