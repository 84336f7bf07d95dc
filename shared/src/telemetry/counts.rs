//! What happens while a turn is answered; each part counts what it does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Trace;

#[derive(Default)]
pub(super) struct TurnCounters {
    pub(super) model_calls: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) fallbacks: AtomicU64,
    pub(super) tool_calls: AtomicU64,
    /// What the provider has called the last call. A turn makes one after the other.
    provider_request_id: Mutex<Option<String>>,
}

impl TurnCounters {
    pub(super) fn provider_calls_it(&self, id: &str) {
        *self.provider_request_id.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_owned());
    }

    pub(super) fn provider_request_id(&self) -> Option<String> {
        self.provider_request_id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A call begins: who answered the last one does not name this one.
    pub(super) fn begin_model_call(&self) {
        add(&self.model_calls);
        *self.provider_request_id.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The same model is asked again.
pub fn count_retry() {
    if let Some(work) = Trace::current() {
        add(&work.counts().retries);
    }
}

/// Another model is asked instead.
pub fn count_fallback() {
    if let Some(work) = Trace::current() {
        add(&work.counts().fallbacks);
    }
}

pub(super) fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}
