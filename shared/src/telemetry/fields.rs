//! The fields of an event, as JSON.

use std::error::Error;
use std::fmt::{Debug, Write};

use serde::Serialize;
use tracing::field::{Field, Visit};

use crate::error::{chain, unquoted};

/// An object that is being written.
pub(super) struct LogFields {
    json: String,
    names: Vec<&'static str>,
    /// Others' words are not ours to vouch for.
    is_ours: bool,
}

impl LogFields {
    pub(super) fn new(is_ours: bool) -> Self {
        Self { json: "{".to_owned(), names: Vec::new(), is_ours }
    }

    pub(super) fn add(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        let Ok(value) = serde_json::to_string(value) else { return };
        let comma = if self.names.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(self.json, "{comma}\"{name}\":{value}");
        self.names.push(name);
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    pub(super) fn says(&self, name: &str, word: &str) -> bool {
        self.json.contains(&format!("\"{name}\":\"{word}\""))
    }

    pub(super) fn finish(mut self) -> String {
        self.json.push('}');
        self.json
    }

    fn add_words(&mut self, name: &'static str, words: &str) {
        if self.is_ours { self.add(name, words) } else { self.add(name, &unquoted(words)) }
    }
}

impl Visit for LogFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_words(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field.name(), &chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add_words(field.name(), &format!("{value:?}"));
    }
}
