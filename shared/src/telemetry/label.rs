//! Names of models as metrics may carry them: as many as there is room for, and only those that have answered.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::domain::ModelRef;

/// Each is a series of every metric.
const MAX: usize = 50;
const MAX_CHARS: usize = 80;

static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// As a line names it: a client may have made it up.
pub(super) fn name(model: &ModelRef) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
    let name = model.to_string();
    if name.len() <= MAX_CHARS && name.chars().all(plain) { name } else { other(model) }
}

/// As a metric names it.
pub(super) fn label(model: &ModelRef, has_answered: bool) -> String {
    let name = name(model);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.contains(&name) {
        return name;
    }
    if !has_answered || known.len() >= MAX {
        return other(model);
    }
    known.insert(name.clone());
    name
}

/// Providers are configured: there are not many.
fn other(model: &ModelRef) -> String {
    format!("{}:other", model.provider)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_makes_up_makes_no_series_and_nothing_odd_is_a_name() {
        let model = |name: &str| ModelRef::parse(&format!("openai:{name}"));
        assert_eq!(label(&model("gpt-9"), false), "openai:other");
        assert_eq!(label(&model("gpt-9"), true), "openai:gpt-9");
        assert_eq!(label(&model("gpt-9"), false), "openai:gpt-9", "it is known by now");
        assert_eq!(name(&model("ada@example.com")), "openai:other");
        assert_eq!(name(&model("my cat is ill")), "openai:other");
        for number in 0..2 * MAX {
            label(&model(&number.to_string()), true);
        }
        assert!(KNOWN.lock().unwrap().len() <= MAX);
    }
}
