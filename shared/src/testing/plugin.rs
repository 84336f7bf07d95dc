//! BAID's plug-in for IDEs, as far as it reads: line by line, and no more of SSE than `data: `. What it cannot read it
//! passes over without a word, as it does.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// What the plug-in of May 2025 has made of a reply.
#[derive(Debug, Default)]
pub struct HeardLines {
    pub text: String,
    pub session: Option<String>,
    pub done: bool,
}

impl HeardLines {
    pub fn of(reply: &str) -> Self {
        let mut heard = Self::default();
        for data in reply.lines().filter_map(|line| line.strip_prefix("data: ")) {
            if data.trim() == "[DONE]" {
                heard.done = true;
                break;
            }
            if data.trim().starts_with('{') && data.trim().ends_with('}') {
                let json: Value = serde_json::from_str(data).unwrap_or_default();
                heard.session = json["session_id"].as_str().map(str::to_owned).or(heard.session);
            } else {
                heard.text.push_str(data);
            }
        }
        heard
    }
}

/// What the plug-in since June 2025 has made of a reply.
#[derive(Debug, Default)]
pub struct HeardBlocks {
    /// Each as it is shown: its type and what it says.
    pub blocks: Vec<(String, String)>,
    pub session: Option<String>,
    pub done: bool,
}

impl HeardBlocks {
    /// An object is whole when as many braces were closed as were opened, wherever they stand.
    pub fn of(reply: &str) -> Self {
        let (mut heard, mut object, mut depth) = (Self::default(), String::new(), 0);
        for data in reply.lines().filter_map(|line| line.strip_prefix("data: ")) {
            if data.trim() == "[DONE]" {
                heard.done = true;
                break;
            }
            for c in data.chars() {
                depth += i32::from(c == '{') - i32::from(c == '}');
                if depth > 0 || c == '}' {
                    object.push(c);
                }
                if depth == 0 && !object.is_empty() {
                    heard.read(&serde_json::from_str(&object).unwrap_or_default());
                    object.clear();
                }
            }
        }
        heard
    }

    fn read(&mut self, object: &Value) {
        if let Some(session) = object["session_id"].as_str() {
            self.session = Some(session.to_owned());
        } else if let Some(kind) = object["type"].as_str() {
            self.blocks.push((shown_as(object, kind), said(object)));
        }
    }
}

fn shown_as(block: &Value, kind: &str) -> String {
    match kind {
        "heading" => format!("heading {}", block["level"]),
        "list" if block["ordered"] == true => "ordered list".to_owned(),
        "code" => format!("code {}", block["language"].as_str().unwrap_or("?")).trim_end().to_owned(),
        kind => kind.to_owned(),
    }
}

fn said(block: &Value) -> String {
    let text = |value: &Value| value["content"].as_str().unwrap_or_default().to_owned();
    if let Some(items) = block["items"].as_array() {
        return items.iter().map(text).collect::<Vec<_>>().join("|");
    }
    let code = || String::from_utf8(BASE64_STANDARD.decode(text(block)).ok()?).ok();
    if block["type"] == "code" { code().unwrap_or_else(|| text(block)) } else { text(block) }
}
