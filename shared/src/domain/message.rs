//! What is kept and shown: a message is a role and its parts.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{Error, Result};

use super::{CallId, MessageId, ModelRef, Spent, Status, StopReason, Timestamp, TurnId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Assistant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    Text {
        text: String,
    },
    Reasoning {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    Image(Media),
    File(Media),
    Citation(Citation),
    ToolCall(ToolCall),
    ToolResult {
        call: CallId,
        outcome: ToolOutcome,
    },
}

/// Something to look at that came with a question: its bytes, or where the provider finds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Media {
    pub media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(flatten)]
    pub content: MediaContent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaContent {
    /// Base64.
    Data(String),
    Url(String),
}

impl Media {
    /// From outside: bytes that are base64, or an https address.
    pub fn parse(media_type: String, name: Option<String>, data: Option<String>, url: Option<String>) -> Result<Self> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "/.+-".contains(c);
        if !media_type.contains('/') || media_type.len() > 100 || !media_type.chars().all(fits) {
            return Err(Error::invalid("media_type", "A media type is such as image/png."));
        }
        let content = match (data, url) {
            (Some(data), None) if !data.is_empty() && BASE64_STANDARD.decode(&data).is_ok() => MediaContent::Data(data),
            (None, Some(url)) if url.starts_with("https://") && url.len() <= 2_000 => MediaContent::Url(url),
            (Some(_), None) => return Err(Error::invalid("data", "The bytes of a part are base64, with padding.")),
            (None, Some(_)) => return Err(Error::invalid("url", "The address of a part begins with https://.")),
            _ => return Err(Error::invalid("data", "A part has data or a url, one of both.")),
        };
        let name = name.map(|name| name.chars().filter(|c| !c.is_control()).take(200).collect());
        Ok(Self { media_type, name, content })
    }
}

impl Media {
    /// From a `data:` URL, or at an https address; `usual` is its type where the URL does not say it. Every API reads
    /// URLs here, so that all accept the same.
    pub fn at(url: &str, usual: &str, name: Option<String>) -> Result<Self> {
        let Some(inline) = url.strip_prefix("data:") else {
            return Self::parse(usual.to_owned(), name, None, Some(url.to_owned()));
        };
        let (head, data) = inline.split_once(',').unwrap_or((inline, ""));
        let Some(kind) = head.strip_suffix(";base64") else {
            return Err(Error::invalid("url", "A data: URL is data:<media type>;base64,<bytes>."));
        };
        let kind = kind.split(';').next().filter(|kind| !kind.is_empty()).unwrap_or(usual);
        Self::parse(kind.to_owned(), name, Some(data.to_owned()), None)
    }
}

/// What an answer leans on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Citation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The provider's name of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

impl Part {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text { text } = self { Some(text) } else { None }
    }

    /// Without what only a provider can read, and needs only while the turn goes on; none when nothing is left.
    pub fn unsigned(self) -> Option<Self> {
        match self {
            Self::Reasoning { text, .. } if text.is_empty() => None,
            Self::Reasoning { text, .. } => Some(Self::reasoning(text)),
            Self::ToolCall(call) => Some(Self::ToolCall(ToolCall { signature: None, ..call })),
            part => Some(part),
        }
    }

    pub fn reasoning(text: impl Into<String>) -> Self {
        Self::Reasoning { text: text.into(), signature: None }
    }
}

/// One use of a tool, as the model asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolCall {
    pub id: CallId,
    pub name: String,
    pub arguments: Value,
    #[serde(default, skip_serializing_if = "Runner::is_us")]
    pub runner: Runner,
    /// What the provider wants back with the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// Who runs a tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Runner {
    #[default]
    Us,
    /// The client: the turn waits for its outcome.
    Client,
    /// The provider that answers.
    Provider,
}

impl Runner {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn is_us(&self) -> bool {
        *self == Self::Us
    }
}

impl ToolCall {
    /// A call of a tool of ours.
    pub fn new(id: CallId, name: impl Into<String>, arguments: Value) -> Self {
        Self { id, name: name.into(), arguments, runner: Runner::Us, signature: None }
    }
}

/// A tool as it is offered to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolSpec {
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// JSON Schema of the arguments.
    #[schema(value_type = Object)]
    pub parameters: Value,
}

/// What came of it, as the model will read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolOutcome {
    pub content: String,
    pub is_error: bool,
}

/// A message as a model receives it.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptMessage {
    pub role: Role,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Message {
    pub id: MessageId,
    pub turn: TurnId,
    pub role: Role,
    pub status: Status,
    /// Why the model has stopped, of an answer that came to its end.
    #[serde(skip)]
    pub stop: Option<StopReason>,
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    pub parts: Vec<Part>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Spent>,
}

impl Message {
    /// What was said in words; paragraphs of their own where something else stood between.
    pub fn text(&self) -> String {
        self.parts.iter().filter_map(Part::as_text).collect::<Vec<_>>().join("\n\n")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn media_come_as_bytes_or_from_an_https_address() {
        let parse = |kind: &str, data: Option<&str>, url: Option<&str>| {
            Media::parse(kind.to_owned(), None, data.map(str::to_owned), url.map(str::to_owned)).is_ok()
        };
        assert!(parse("image/png", Some("iVBORw=="), None));
        assert!(parse("application/pdf", None, Some("https://example.com/a.pdf")));
        for (kind, data, url) in [
            ("image/png", None, None),
            ("image/png", Some("iVBORw=="), Some("https://example.com")),
            ("image/png", Some("no base64!"), None),
            ("image/png", Some(""), None),
            ("image/png", None, Some("http://169.254.169.254/latest")),
            ("image/png", None, Some("file:///etc/passwd")),
            ("png", Some("iVBORw=="), None),
            ("image/png\r\nx: y", Some("iVBORw=="), None),
        ] {
            assert!(!parse(kind, data, url), "{kind:?} {data:?} {url:?} passed");
        }
    }

    #[test]
    fn media_come_in_a_data_url() {
        let inline = |url: &str| Media::at(url, "image/png", None).map(|media| (media.media_type, media.content));
        let bytes = |kind: &str| (kind.to_owned(), MediaContent::Data("iVBORw==".to_owned()));
        assert_eq!(inline("data:image/gif;base64,iVBORw==").unwrap(), bytes("image/gif"));
        assert_eq!(inline("data:image/gif;name=a;base64,iVBORw==").unwrap(), bytes("image/gif"));
        assert_eq!(inline("data:;base64,iVBORw==").unwrap(), bytes("image/png"));
        let address = "https://example.com/a".to_owned();
        assert_eq!(inline(&address).unwrap(), ("image/png".to_owned(), MediaContent::Url(address)));
        for url in ["data:image/png,QQ==", "data:image/png;base64", "data:", "http://example.com", "file:///etc"] {
            assert!(inline(url).is_err(), "{url}");
        }
    }

    #[test]
    fn what_only_a_provider_can_read_is_kept_from_history() {
        let call =
            ToolCall { signature: Some("s".to_owned()), ..ToolCall::new(CallId::from_provider("c"), "now", json!({})) };
        let silent = Part::Reasoning { text: String::new(), signature: Some("s".to_owned()) };
        let said = Part::Reasoning { text: "Hm.".to_owned(), signature: Some("s".to_owned()) };
        let parts = [silent, said, Part::ToolCall(call.clone()), Part::text("Noon.")];
        let kept: Vec<Part> = parts.into_iter().filter_map(Part::unsigned).collect();
        let bare = Part::ToolCall(ToolCall { signature: None, ..call });
        assert_eq!(kept, [Part::reasoning("Hm."), bare, Part::text("Noon.")]);
    }
}
