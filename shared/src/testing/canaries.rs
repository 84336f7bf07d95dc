//! Canaries: whatever this test program's actors say, and whatever proves who they are. None of it may ever stand in
//! what a process of ours prints, whatever else the test is about (promise X3).

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

static PLANTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Stands in headers of every request that an actor makes.
pub const CANARY: &str = "canary-7f3a9c51";

/// Shorter words may be anybody's, and longer ones are looked for by their beginning.
const LEAST_CHARS: usize = 10;
const MAX_CHARS: usize = 120;

/// A key, a token, an address: whatever may not be printed.
pub fn plant(secret: &str) {
    if secret.len() >= LEAST_CHARS {
        let beginning = secret.chars().take(MAX_CHARS).collect();
        PLANTED.lock().unwrap_or_else(PoisonError::into_inner).insert(beginning);
    }
}

/// Whatever reads like somebody's words, anywhere in this document.
pub fn plant_words(said: &Value) {
    match said {
        Value::String(text) if text.trim().contains(' ') => plant(text.trim()),
        Value::String(text) if text.starts_with(['{', '[']) => {
            plant_words(&serde_json::from_str(text).unwrap_or_default());
        }
        Value::Array(all) => all.iter().for_each(plant_words),
        Value::Object(fields) => fields.values().for_each(plant_words),
        _ => {}
    }
}

/// The lines that hold what they must not, and what that is.
pub(super) fn found(lines: &[String]) -> Vec<String> {
    let planted = PLANTED.lock().unwrap_or_else(PoisonError::into_inner);
    let all = || planted.iter().map(String::as_str).chain([CANARY]);
    let hits = |line: &String| all().filter(|canary| line.contains(*canary)).map(|c| format!("{c:?} in {line}")).next();
    without_greeting(lines).filter_map(hits).collect()
}

/// On a laptop a newcomer is shown a token and a question to paste.
fn without_greeting(lines: &[String]) -> impl Iterator<Item = &String> {
    let mut greets = false;
    lines.iter().filter(move |line| {
        greets |= line.starts_with("You are ada. Your access token");
        let is_log = line.starts_with('{');
        let shown = is_log || !greets;
        greets &= !line.contains("Content-Type: application/json");
        shown
    })
}
