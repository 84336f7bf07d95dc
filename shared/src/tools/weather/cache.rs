//! What was fetched a little while ago, as long as it is fresh; it never grows beyond a bound.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::time::Duration;

use crate::domain::Timestamp;

const FRESH: Duration = Duration::from_mins(10);
const MAX: usize = 256;

pub(super) struct Cache<K, V> {
    kept: Mutex<HashMap<K, (Timestamp, V)>>,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self { kept: Mutex::default() }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.get(key).filter(|(until, _)| now < *until).map(|(_, value)| value.clone())
    }

    /// Makes room first: what has gone stale goes, or else what goes stale next.
    pub(super) fn put(&self, key: K, value: V, now: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if kept.len() >= MAX {
            kept.retain(|_, (until, _)| now < *until);
        }
        if kept.len() >= MAX {
            let oldest = kept.iter().min_by_key(|(_, (until, _))| *until).map(|(key, _)| key.clone());
            oldest.map(|oldest| kept.remove(&oldest));
        }
        kept.insert(key, (now.plus(FRESH), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_goes_stale_and_never_grows_beyond_the_bound() {
        let cache = Cache::default();
        let at = |millis| Timestamp::from_millis(millis);
        cache.put(0, "old", at(0));
        assert_eq!(cache.get(&0, at(599_999)), Some("old"));
        assert_eq!(cache.get(&0, at(600_000)), None);
        (1..10_000).for_each(|key| cache.put(key, "new", at(i64::from(key))));
        assert_eq!(cache.kept.lock().unwrap().len(), MAX);
        assert_eq!((cache.get(&1, at(10_000)), cache.get(&9_999, at(10_000))), (None, Some("new")));
    }
}
