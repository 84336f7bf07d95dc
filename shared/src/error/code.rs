//! The code of an error: what a program decides by.

use std::fmt;

use super::ErrorKind;

/// What a program decides by: stable, and the same at each of our APIs.
#[derive(Clone, Copy)]
pub struct ErrorCode {
    kind: ErrorKind,
    name: &'static str,
    /// When it happens.
    pub when: &'static str,
    /// What a client should do.
    pub advice: &'static str,
}

impl ErrorCode {
    pub(super) const fn new(kind: ErrorKind, name: &'static str) -> Self {
        Self { kind, name, when: "", advice: "" }
    }

    pub(super) const fn when(self, when: &'static str) -> Self {
        Self { when, ..self }
    }

    pub(super) const fn advice(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    pub const fn kind(self) -> ErrorKind {
        self.kind
    }

    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl PartialEq for ErrorCode {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ErrorCode {}

/// For tests, which hold the public words; code compares codes.
#[cfg(any(test, feature = "testing"))]
impl PartialEq<&str> for ErrorCode {
    fn eq(&self, name: &&str) -> bool {
        self.name == *name
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
