//! Tools that a model's provider runs itself, in the words of `OpenAI`'s Responses API: clients know these, and
//! adapters translate them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::error::{Error, Result};

const MAX_STORES: usize = 10;
const MAX_NAMES: usize = 128;
const MAX_NAME_CHARS: usize = 128;
const MAX_URL_CHARS: usize = 2_000;

/// What is not listed here is refused: a field that would be left out might be the one that mattered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HostedTool {
    WebSearch {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_location: Option<UserLocation>,
    },
    FileSearch {
        vector_store_ids: Vec<String>,
    },
    CodeInterpreter {
        #[serde(default)]
        container: Container,
    },
    Mcp {
        server_label: String,
        server_url: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        allowed_tools: Option<Vec<String>>,
        #[serde(default)]
        require_approval: RequireApproval,
    },
}

/// Where the asker is, roughly. An empty word says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserLocation {
    #[serde(default)]
    r#type: Approximate,
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

impl UserLocation {
    /// Whether it says anything.
    pub fn says(&self) -> bool {
        *self != Self::default()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Approximate {
    #[default]
    Approximate,
}

/// A fresh one of the provider's choice: one that is named might be somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Container {
    Auto {},
}

impl Default for Container {
    fn default() -> Self {
        Self::Auto {}
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequireApproval {
    #[default]
    Always,
    Never,
}

/// Which of them it is, without its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostedKind {
    WebSearch,
    FileSearch,
    CodeInterpreter,
    Mcp,
}

impl HostedKind {
    pub const ALL: [Self; 4] = [Self::WebSearch, Self::FileSearch, Self::CodeInterpreter, Self::Mcp];

    pub fn name(self) -> &'static str {
        match self {
            Self::WebSearch => "web_search",
            Self::FileSearch => "file_search",
            Self::CodeInterpreter => "code_interpreter",
            Self::Mcp => "mcp",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for HostedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl HostedTool {
    pub fn kind(&self) -> HostedKind {
        match self {
            Self::WebSearch { .. } => HostedKind::WebSearch,
            Self::FileSearch { .. } => HostedKind::FileSearch,
            Self::CodeInterpreter { .. } => HostedKind::CodeInterpreter,
            Self::Mcp { .. } => HostedKind::Mcp,
        }
    }

    /// Whether both would have the same name.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mcp { server_label: a, .. }, Self::Mcp { server_label: b, .. }) => a == b,
            _ => self.kind() == other.kind(),
        }
    }

    /// Whether it says what its provider will understand.
    pub fn check(&self) -> Result<()> {
        let why = match self {
            Self::FileSearch { vector_store_ids: ids } if !are_names(ids, MAX_STORES) => {
                "A file search names 1 to 10 vector stores."
            }
            Self::Mcp { server_label, .. } if !is_name(server_label) => {
                "An MCP server's label is 1 to 128 characters of A-Z a-z 0-9 _ - . /."
            }
            Self::Mcp { server_url, .. } if !is_public(server_url) => {
                "An MCP server's address begins with https:// and holds no credentials."
            }
            Self::Mcp { allowed_tools: Some(names), .. } if !are_names(names, MAX_NAMES) => {
                "An MCP server's allowed_tools are 1 to 128 names."
            }
            _ => return Ok(()),
        };
        Err(Error::invalid("tools", why))
    }
}

fn are_names(names: &[String], most: usize) -> bool {
    (1..=most).contains(&names.len()) && names.iter().all(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-./".contains(&b);
    (1..=MAX_NAME_CHARS).contains(&name.len()) && name.bytes().all(fits)
}

fn is_public(url: &str) -> bool {
    let is_bare = |url: Url| url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    url.len() <= MAX_URL_CHARS && Url::parse(url).is_ok_and(is_bare)
}

fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| text.trim().chars().take(MAX_NAME_CHARS).collect()).filter(|text: &String| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: Value) -> Result<HostedTool, String> {
        let tool: HostedTool = serde_json::from_value(json).map_err(|error| error.to_string())?;
        tool.check().map_err(|error| error.public().to_owned())?;
        Ok(tool)
    }

    #[test]
    fn they_are_said_in_the_words_they_came_in() {
        for tool in [
            json!({ "type": "web_search" }),
            json!({ "type": "web_search", "user_location": { "type": "approximate", "country": "AT", "city": "Graz" } }),
            json!({ "type": "file_search", "vector_store_ids": ["vs_1"] }),
            json!({ "type": "code_interpreter", "container": { "type": "auto" } }),
            json!({
                "type": "mcp", "server_label": "dice", "server_url": "https://dice.example/sse",
                "allowed_tools": ["roll"], "require_approval": "never",
            }),
        ] {
            assert_eq!(json!(read(tool.clone()).unwrap()), tool);
        }
    }

    #[test]
    fn what_is_left_out_is_the_careful_choice() {
        let mcp = read(json!({ "type": "mcp", "server_label": "d", "server_url": "https://d.example" })).unwrap();
        assert_eq!(json!(mcp)["require_approval"], "always");
        let code = read(json!({ "type": "code_interpreter" })).unwrap();
        assert_eq!(json!(code)["container"], json!({ "type": "auto" }));
        let here = json!({ "type": "web_search", "user_location": { "country": "", "city": " ", "region": "Styria" } });
        assert_eq!(
            json!(read(here).unwrap())["user_location"],
            json!({ "type": "approximate", "region": "Styria" }),
            "an empty word is none"
        );
    }

    #[test]
    fn what_would_be_lost_or_reach_too_far_is_refused() {
        let mcp = |url: &str| json!({ "type": "mcp", "server_label": "d", "server_url": url });
        for tool in [
            json!({ "type": "computer_use" }),
            json!({ "type": "web_search", "filters": {} }),
            json!({ "type": "file_search" }),
            json!({ "type": "file_search", "vector_store_ids": [] }),
            json!({ "type": "file_search", "vector_store_ids": ["a b"] }),
            json!({ "type": "code_interpreter", "container": "cntr_of_somebody" }),
            json!({ "type": "code_interpreter", "container": { "type": "auto", "file_ids": ["file-1"] } }),
            json!({ "type": "mcp", "server_label": "d d", "server_url": "https://d.example" }),
            json!({ "type": "mcp", "server_label": "d", "server_url": "https://d.example", "authorization": "x" }),
            json!({ "type": "mcp", "server_label": "d", "server_url": "https://d.example", "allowed_tools": [] }),
            mcp("http://d.example"),
            mcp("https://user:pass@d.example"),
            mcp("ftp://d.example"),
            mcp("d.example"),
        ] {
            assert!(read(tool.clone()).is_err(), "{tool} passed");
        }
    }
}
