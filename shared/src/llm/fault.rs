//! Why a model gives no answer, or no whole one: what providers say, as a row, and what we do about it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::error::{Error, ErrorCode, codes};

use ModelFault::{Busy, CutOff, Failed, Garbled, Refused, RefusedUs, Silent, Unavailable, UnknownModel, Unreachable};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelFault {
    /// The provider gets too many requests.
    Busy,
    /// The provider is overloaded or down.
    Unavailable,
    /// No connection, or none that lasted until the reply.
    Unreachable,
    /// The provider does not accept this request.
    Refused,
    /// The provider does not accept our credentials.
    RefusedUs,
    /// The provider does not know this model.
    UnknownModel,
    /// The provider reported an error while it answered.
    Failed,
    /// What came cannot be read.
    Garbled,
    /// The answer ended without its end mark, or grew too long to be kept.
    CutOff,
    /// Nothing came for too long.
    Silent,
}

/// What the status of a reply means, before the first token: the first row that fits.
const STATUSES: [(RangeInclusive<u16>, ModelFault); 9] = [
    (401..=401, RefusedUs),
    (403..=403, RefusedUs),
    (404..=404, UnknownModel),
    (408..=408, Unavailable),
    // Bedrock: the model failed or took too long; the request is sound.
    (424..=424, Unavailable),
    (429..=429, Busy),
    (400..=499, Refused),
    (500..=999, Unavailable),
    // We follow no redirect: it would carry the question and the key elsewhere.
    (300..=399, Garbled),
];

/// What providers call an error in the stream; every other word is a failure. Bedrock's SDK has types instead
/// (`bedrock/fault.rs`).
const WORDS: [(&str, ModelFault); 10] = [
    // OpenAI's Responses.
    ("rate_limit_exceeded", Busy),
    ("server_overloaded", Busy),
    ("overloaded", Busy),
    ("slow_down", Busy),
    // Anthropic.
    ("overloaded_error", Busy),
    ("rate_limit_error", Busy),
    // Google: Gemini by its status, Agent Engine by number, too.
    ("RESOURCE_EXHAUSTED", Busy),
    ("UNAVAILABLE", Busy),
    ("429", Busy),
    ("503", Busy),
];

/// What providers do without a word of it.
const SIGNS: [(&str, ModelFault); 5] = [
    ("any other error in the stream", Failed),
    ("no connection", Unreachable),
    ("no event stream, no JSON, a part that is too long", Garbled),
    ("an end without its end mark", CutOff),
    ("silence", Silent),
];

const ALL: [ModelFault; 10] =
    [Busy, Unavailable, Unreachable, Refused, RefusedUs, UnknownModel, Failed, Garbled, CutOff, Silent];

impl ModelFault {
    pub(super) fn of_status(status: u16) -> Self {
        STATUSES.iter().find(|(range, _)| range.contains(&status)).map_or(Garbled, |(_, fault)| *fault)
    }

    /// The fault that an error tells of, if it comes from a model.
    pub fn of(error: &Error) -> Option<Self> {
        ALL.into_iter().find(|fault| fault.code() == error.code())
    }

    /// Whether the same call may succeed in a moment: before the first token, the same model is asked again.
    pub fn is_transient(self) -> bool {
        matches!(self, Busy | Unavailable | Unreachable)
    }

    /// Whether a fallback may take over before the first token. A request that one provider does not accept is no
    /// better at the next one.
    pub fn may_fall_back(self) -> bool {
        self != Refused
    }

    /// Whether the turn counts as interrupted: its answer broke off. An answer that never began has failed.
    pub fn interrupts(self, has_begun: bool) -> bool {
        self == CutOff || has_begun && matches!(self, Silent | Garbled)
    }

    pub fn code(self) -> ErrorCode {
        match self {
            Busy => codes::MODEL_BUSY,
            Unavailable => codes::MODEL_UNAVAILABLE,
            Unreachable => codes::MODEL_UNREACHABLE,
            Refused => codes::MODEL_REFUSED,
            RefusedUs => codes::MODEL_REFUSED_US,
            UnknownModel => codes::MODEL_NOT_FOUND,
            Failed => codes::MODEL_FAILED,
            Garbled => codes::MODEL_GARBLED,
            CutOff => codes::MODEL_CUT_OFF,
            Silent => codes::MODEL_SILENT,
        }
    }

    /// `wait`: how long the provider wants to be left alone.
    fn public(self, wait: Option<Duration>) -> Cow<'static, str> {
        let again = || wait.map_or_else(|| "later".to_owned(), |wait| format!("in {} s", wait.as_secs().max(1)));
        match self {
            Busy => {
                format!("The model's provider is asked too much at the moment. Please ask again {}.", again()).into()
            }
            Unavailable => {
                format!("The model's provider is not available at the moment. Please ask again {}.", again()).into()
            }
            Unreachable => "The model's provider could not be reached.".into(),
            Refused => "The model's provider does not accept this request.".into(),
            RefusedUs => "The model's provider does not accept this service's credentials.".into(),
            UnknownModel => "The model's provider does not know this model.".into(),
            Failed => "The model's provider reported an error.".into(),
            Garbled => "The model's answer could not be read.".into(),
            CutOff => "The model's answer broke off.".into(),
            Silent => "The model has been silent for too long.".into(),
        }
    }

    /// For docs/ERRORS.md: what each row stands for, and its fault.
    pub fn table() -> Vec<(String, Self)> {
        let status = |(range, fault): &(RangeInclusive<u16>, Self)| {
            let (first, last) = (range.start(), range.end());
            let sign = if first == last { format!("status {first}") } else { format!("another status from {first}") };
            (sign, *fault)
        };
        let word = |(word, fault): &(&str, Self)| (format!("`{word}` in the stream"), *fault);
        let sign = |(sign, fault): &(&str, Self)| ((*sign).to_owned(), *fault);
        STATUSES.iter().map(status).chain(WORDS.iter().map(word)).chain(SIGNS.iter().map(sign)).collect()
    }

    /// As an error; `cause` is for the log alone.
    pub(super) fn because(self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::from(self).because(cause)
    }

    /// As an error that says when to ask again, if the provider has said so.
    pub(super) fn after(self, wait: Option<Duration>) -> Error {
        let error = Error::new(self.code(), self.public(wait));
        if let Some(wait) = wait { error.retry_after(wait) } else { error }
    }

    /// As an error with words of its own.
    pub fn saying(self, public: &'static str) -> Error {
        Error::new(self.code(), public)
    }

    pub(super) fn garbled(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Garbled.because(cause)
    }

    /// An error in the stream, by its provider's type or code. Its message never comes here: it may quote the
    /// question or the key.
    pub(super) fn reported(word: &str) -> Error {
        let said = |known: &str| word.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == known);
        let fault = WORDS.iter().find(|(known, _)| said(known)).map_or(Failed, |(_, fault)| *fault);
        fault.because(format!("error in the stream, {word:.60}"))
    }
}

impl From<ModelFault> for Error {
    fn from(fault: ModelFault) -> Self {
        fault.after(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_read_back_from_its_error() {
        for fault in ALL {
            assert_eq!(ModelFault::of(&fault.because("x")), Some(fault));
        }
        assert_eq!(ModelFault::of(&Error::unavailable("store")), None);
    }

    #[test]
    fn a_status_means_the_same_at_every_provider() {
        let rows = [(302, Garbled), (400, Refused), (402, Refused), (403, RefusedUs), (408, Unavailable)];
        for (status, fault) in rows.into_iter().chain([(422, Refused), (429, Busy), (529, Unavailable)]) {
            assert_eq!(ModelFault::of_status(status), fault, "{status}");
        }
    }

    #[test]
    fn a_word_in_the_stream_is_known_whole() {
        let fault = |word| ModelFault::of(&ModelFault::reported(word)).unwrap();
        assert_eq!([fault("overloaded_error"), fault("429 RESOURCE_EXHAUSTED"), fault("-")], [Busy, Busy, Failed]);
        assert_eq!([fault("not_overloaded_error"), fault("one of tomorrow")], [Failed, Failed]);
    }
}
