//! What a tool that the provider runs was asked, and what came of it.

use serde_json::{Value, json};

use crate::domain::{Citation, ToolOutcome};

/// More of an item than this is not sent back: what it found is left out then.
const MAX_BYTES: usize = 64 * 1024;

/// A call of a remote tool that waits for its user's approval.
pub(super) const APPROVAL_REQUEST: &str = "mcp_approval_request";

/// The name of the tool, if it is one that the provider runs.
pub(super) fn tool(item: &Value) -> Option<&str> {
    match item["type"].as_str()? {
        "web_search_call" => Some("web_search"),
        "file_search_call" => Some("file_search"),
        "code_interpreter_call" => Some("code_interpreter"),
        "mcp_call" | APPROVAL_REQUEST => Some(item["name"].as_str().unwrap_or("mcp")),
        _ => None,
    }
}

/// What it was asked, as JSON.
pub(super) fn arguments(item: &Value) -> String {
    match item["type"].as_str() {
        Some("mcp_call" | APPROVAL_REQUEST) => item["arguments"].as_str().unwrap_or_default().to_owned(),
        Some("code_interpreter_call") => json!({ "code": item["code"] }).to_string(),
        Some("file_search_call") => json!({ "queries": item["queries"] }).to_string(),
        _ => {
            let mut action = item["action"].clone();
            action.as_object_mut().map(|action| action.remove("sources"));
            if action.is_null() { String::new() } else { action.to_string() }
        }
    }
}

pub(super) fn outcome(item: &Value) -> ToolOutcome {
    let content = match item["type"].as_str() {
        Some("mcp_call") => text(&item["output"]),
        Some("code_interpreter_call") => each(&item["outputs"], &["logs", "url"]),
        Some("file_search_call") => each(&item["results"], &["filename", "text"]),
        _ => each(&item["action"]["sources"], &["url"]),
    };
    let failed = matches!(item["status"].as_str(), Some("failed" | "incomplete")) || !item["error"].is_null();
    ToolOutcome { content, is_error: failed }
}

/// What goes back with the next step, as it came.
pub(super) fn signature(item: &Value) -> String {
    let mut item = item.clone();
    // Said of an item, not part of it.
    if item["type"] == "reasoning" {
        item.as_object_mut().map(|item| item.remove("status"));
    }
    let whole = item.to_string();
    if whole.len() <= MAX_BYTES || item["type"] == "reasoning" {
        return whole;
    }
    for found in ["results", "outputs", "output"] {
        if !item[found].is_null() {
            item[found] = Value::Null;
        }
    }
    item.to_string()
}

/// A place that the answer leans on; a file that code made is named by its container, too.
pub(super) fn citation(annotation: &Value) -> Option<Citation> {
    let word = |name: &str| annotation[name].as_str().map(str::to_owned);
    let file = word("file_id");
    let cited = match annotation["type"].as_str()? {
        "url_citation" => Citation { url: word("url"), title: word("title"), ..Citation::default() },
        "file_citation" | "file_path" => Citation { file, title: word("filename"), ..Citation::default() },
        "container_file_citation" => {
            let file = Some(format!("{}/{}", word("container_id")?, file?));
            Citation { file, title: word("filename"), ..Citation::default() }
        }
        _ => return None,
    };
    (cited.url.is_some() || cited.file.is_some()).then_some(cited)
}

/// One line for each word of each entry.
fn each(entries: &Value, words: &[&str]) -> String {
    let entries = entries.as_array().into_iter().flatten();
    let lines = entries.flat_map(|entry| words.iter().filter_map(|word| entry[word].as_str()));
    // A picture as a data URL is no text.
    lines.filter(|line| !line.starts_with("data:")).collect::<Vec<_>>().join("\n")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}
