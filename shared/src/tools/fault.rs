//! Why a tool has not done what was asked. The model reads it and goes on.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, codes};

/// More than anybody reads of a complaint; arguments may be quoted in it.
const MAX_DETAIL_CHARS: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolFault {
    /// It was asked in a way that cannot be answered; `field` says where, `.` is the whole.
    Arguments { field: String, detail: String },
    /// It could not do its work.
    Failed(String),
}

impl ToolFault {
    pub fn arguments(field: &str, detail: impl Into<String>) -> Self {
        Self::Arguments { field: field.to_owned(), detail: detail.into() }
    }

    pub fn failed(detail: impl Into<String>) -> Self {
        Self::Failed(detail.into())
    }

    /// What a user reads who called the tool directly.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Arguments { field, detail } if field == "." => Error::invalid("arguments", detail),
            Self::Arguments { field, detail } => Error::invalid(&format!("arguments.{field}"), detail),
            Self::Failed(detail) => Error::new(codes::TOOL_FAILED, detail),
        }
    }
}

impl fmt::Display for ToolFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arguments { field, detail } if field == "." => write!(f, "The arguments cannot be used: {detail}"),
            Self::Arguments { field, detail } => write!(f, "The argument {field} cannot be used: {detail}"),
            Self::Failed(detail) => f.write_str(detail),
        }
    }
}

/// What our own store says, as a tool's fault.
impl From<Error> for ToolFault {
    fn from(error: Error) -> Self {
        tracing::warn!(%error, "a tool failed");
        Self::failed(error.public())
    }
}

/// The arguments as the tool knows them. Whatever it does not know is refused: a model that makes up a
/// parameter has to hear that it does nothing.
pub(super) fn parse<T: DeserializeOwned>(arguments: &Value) -> Result<T, ToolFault> {
    serde_path_to_error::deserialize(arguments).map_err(|error| {
        let field = error.path().to_string();
        let detail = error.into_inner().to_string();
        ToolFault::Arguments { field, detail: detail.chars().take(MAX_DETAIL_CHARS).collect() }
    })
}
