//! The one error that crosses floors. What a client may read and what the log must read are two
//! fields, so that neither can leak into the other.

mod code;
pub mod codes;
mod nouns;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

pub use code::ErrorCode;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a client can do about it. A new kind needs a client that would act differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    Malformed,
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    WrongMethod,
    Gone,
    Conflict,
    TooLarge,
    WrongMediaType,
    TooMany,
    Upstream,
    Unavailable,
    Internal,
}

/// One field of a request that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldFault {
    pub field: String,
    pub detail: String,
}

pub struct Error(Box<Inner>);

struct Inner {
    code: ErrorCode,
    public: Cow<'static, str>,
    faults: Vec<FieldFault>,
    turn: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// `Error::new(codes::TURN_OPEN, "…")`: the code says what kind of error it is, the words are for people.
    pub fn new(code: ErrorCode, public: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            public: public.into(),
            faults: Vec::new(),
            turn: None,
            retry_after: None,
            source: None,
        }))
    }

    /// A well-formed request that asks for something impossible in `field`.
    pub fn invalid(field: &str, public: impl Into<Cow<'static, str>>) -> Self {
        let public = public.into();
        let fault = FieldFault { field: field.to_owned(), detail: public.to_string() };
        let mut error = Self::new(codes::INVALID, public);
        error.0.faults.push(fault);
        error
    }

    /// A setting that stops the start: what is wrong with it, and what cures it.
    pub fn setting(variable: &str, detail: impl fmt::Display) -> Self {
        Self::invalid(variable, format!("{variable}: {detail}"))
    }

    pub fn unauthenticated(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(codes::UNAUTHENTICATED, public)
    }

    /// `not_found("session")`: code `session_not_found`, the same for what is not there and what is another's.
    pub fn not_found(what: &str) -> Self {
        Self::new(nouns::not_found(what), format!("There is no such {what}."))
    }

    pub fn too_large(public: impl Into<Cow<'static, str>>) -> Self {
        Self::new(codes::TOO_LARGE, public)
    }

    /// Nothing is wrong with the request: ask again in a moment.
    pub fn unavailable(what: &str) -> Self {
        let public = format!("The {what} cannot be reached just now. Nothing was lost; please ask again.");
        Self::new(nouns::unavailable(what), public)
    }

    /// This process has as much to do as it may have at once.
    pub fn overloaded() -> Self {
        let public = "Too much is being asked here just now. Nothing was begun; please ask again in a moment.";
        Self::new(codes::OVERLOADED, public)
    }

    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(codes::INTERNAL, "Something went wrong on our side.").because(cause)
    }

    /// What the log shall read and the client shall not.
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(cause.into());
        self
    }

    pub fn with_code(mut self, code: ErrorCode) -> Self {
        self.0.code = code;
        self
    }

    /// Names the turn that stands in the way.
    pub fn naming_turn(mut self, turn: impl fmt::Display) -> Self {
        self.0.turn = Some(turn.to_string());
        self
    }

    /// Says how long to wait.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// The same for clients that call it otherwise: what is not there is not this.
    #[must_use]
    pub fn called(self, what: &str) -> Self {
        if self.kind() == ErrorKind::NotFound { Self::not_found(what) } else { self }
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind()
    }

    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    pub fn public(&self) -> &str {
        &self.0.public
    }

    pub fn faults(&self) -> &[FieldFault] {
        &self.0.faults
    }

    pub fn turn(&self) -> Option<&str> {
        self.0.turn.as_deref()
    }

    pub fn wait(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Why, for the log: what was the matter and what caused that, without anything that was quoted.
    pub fn cause(&self) -> Option<String> {
        self.source().map(chain)
    }

    pub fn is_unavailable(&self) -> bool {
        self.kind() == ErrorKind::Unavailable
    }
}

/// As logs may hold it: the words for the client stay away, since they may repeat what the client has said.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.code.fmt(f)?;
        self.cause().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

/// As somebody reads it who starts a process or a test.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.public)?;
        self.cause().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

/// An error and what caused it, as logs may hold it.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut words = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        // One of ours says itself what caused it.
        let own = error.downcast_ref::<Error>();
        words.push(own.map_or_else(|| unquoted(&error.to_string()), ToString::to_string));
        cause = if own.is_some() { None } else { error.source() };
    }
    words.join(": ")
}

/// Parsers quote what they could not read, and that may be anybody's: from the first quotation mark to the last one
/// is left out, and so is what is longer than a cause.
pub fn unquoted(words: &str) -> String {
    const MAX_CHARS: usize = 300;
    let is_mark = |c: char| matches!(c, '"' | '`' | '\'');
    let text = match (words.find(is_mark), words.rfind(is_mark)) {
        (Some(first), Some(last)) if first < last => format!("{}…{}", &words[..first], &words[last + 1..]),
        _ => words.to_owned(),
    };
    text.chars().take(MAX_CHARS).collect()
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_reads_neither_the_words_for_the_client_nor_what_a_parser_quotes() {
        let cause = serde_json::from_str::<Vec<u8>>(r#"["my \"secret\""]"#).unwrap_err();
        let error = Error::invalid("text", "my secret is too long").because(cause);
        let told = error.to_string();
        assert_eq!(told, "invalid: invalid type: string …, expected u8 at line 1 column 16");
        let around = Error::internal(error);
        assert_eq!(around.to_string(), format!("internal: {told}"), "nor does what it causes");
    }

    #[test]
    fn an_apostrophe_alone_quotes_nothing() {
        assert_eq!(unquoted("the log's tail keeps moving"), "the log's tail keeps moving");
        assert_eq!(unquoted("unknown field `a`b`, expected `c`!"), "unknown field …!");
    }
}
