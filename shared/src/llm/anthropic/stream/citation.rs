//! What an answer leans on (platform.claude.com/docs/en/build-with-claude/citations).

use serde_json::Value;

use crate::domain::{Citation, ModelEvent};

/// A place on the web, in a result of a search, or in a document that came with the question.
pub(super) fn cited(citation: &Value) -> Option<ModelEvent> {
    let text = |name: &str| citation[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let citation = Citation {
        url: text("url").or_else(|| text("source")),
        title: text("title").or_else(|| text("document_title")),
        file: text("file_id"),
        quote: text("cited_text"),
    };
    (citation != Citation::default()).then_some(ModelEvent::Cited { citation })
}
