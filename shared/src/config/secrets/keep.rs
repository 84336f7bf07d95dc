//! One secret as it is kept: read once however many ask, and still there when its manager is away.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};

use super::Fault;

/// How long after a failure nobody tries again.
const PAUSE: Duration = Duration::from_secs(1);
/// Every reply comes within this time or does not count.
const TIMEOUT: Duration = Duration::from_secs(8);

#[derive(Clone)]
pub(super) struct Fetched {
    pub(super) value: SecretString,
    /// How the manager names this version, if versions have names.
    pub(super) version: Option<String>,
}

impl Fetched {
    pub(super) fn new(value: String) -> Self {
        Self { value: value.into(), version: None }
    }
}

/// None: there is no such secret, and that is known.
type Known = Option<Fetched>;

#[derive(Default)]
pub(super) struct Keep {
    kept: Mutex<Kept>,
    /// Held while it is read.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    last: Option<(Instant, Known)>,
    failed: Option<(Instant, Fault)>,
}

/// What a refresh came to.
pub(super) struct Got {
    pub(super) value: Known,
    /// What stood there before, if it was another.
    pub(super) replaced: Option<Fetched>,
}

impl Keep {
    /// What is kept if it is younger than `age`, else what `fetch` brings; callers that come meanwhile get the same.
    pub(super) async fn get<F>(&self, age: Duration, insist: bool, fetch: impl FnOnce() -> F) -> Result<Got, Fault>
    where
        F: Future<Output = Result<Known, Fault>>,
    {
        if let Some(value) = self.younger_than(age) {
            return Ok(Got { value, replaced: None });
        }
        let _reading = match self.reading.try_lock() {
            Ok(reading) => reading,
            // Somebody looks already. An old secret is good enough, unless the asker knows better.
            Err(_) if !insist && let Some(value) = self.younger_than(Duration::MAX) => {
                return Ok(Got { value, replaced: None });
            }
            Err(_) => self.reading.lock().await,
        };
        if let Some(value) = self.younger_than(age) {
            return Ok(Got { value, replaced: None });
        }
        if let Some(fault) = self.failed_lately() {
            return self.fall_back(fault);
        }
        let fetched = tokio::time::timeout(TIMEOUT, fetch()).await;
        match fetched.unwrap_or_else(|_| Err(Fault::Away("no answer in time".to_owned()))) {
            Ok(value) => Ok(self.put(value)),
            Err(fault) => {
                self.lock().failed = Some((Instant::now(), fault.clone()));
                self.fall_back(fault)
            }
        }
    }

    pub(super) fn put(&self, value: Known) -> Got {
        let mut kept = self.lock();
        kept.failed = None;
        let before = kept.last.replace((Instant::now(), value.clone())).and_then(|(_, before)| before);
        let is_new = |before: &Fetched| {
            value.as_ref().is_none_or(|value| value.value.expose_secret() != before.value.expose_secret())
        };
        Got { replaced: before.filter(is_new), value }
    }

    /// The manager is away: a secret that was good a moment ago is better than none.
    fn fall_back(&self, fault: Fault) -> Result<Got, Fault> {
        match self.younger_than(Duration::MAX) {
            Some(value) => {
                tracing::warn!(%fault, "a secret could not be refreshed");
                Ok(Got { value, replaced: None })
            }
            None => Err(fault),
        }
    }

    fn younger_than(&self, age: Duration) -> Option<Known> {
        let kept = self.lock();
        kept.last.as_ref().filter(|(at, _)| at.elapsed() < age).map(|(_, value)| value.clone())
    }

    fn failed_lately(&self) -> Option<Fault> {
        let kept = self.lock();
        kept.failed.as_ref().filter(|(at, _)| at.elapsed() < PAUSE).map(|(_, fault)| fault.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
