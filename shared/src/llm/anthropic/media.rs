//! Images and files as Anthropic takes them (platform.claude.com/docs/en/build-with-claude/pdf-support).

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use crate::domain::{Media, MediaContent};

const IMAGES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

pub(super) fn image(media: &Media) -> Value {
    match &media.content {
        MediaContent::Data(_) if !IMAGES.contains(&media.media_type.as_str()) => left_out("image", media),
        content => json!({ "type": "image", "source": source(&media.media_type, content) }),
    }
}

pub(super) fn file(media: &Media) -> Value {
    let source = match &media.content {
        content if media.media_type == "application/pdf" => Some(source(&media.media_type, content)),
        MediaContent::Data(data) if media.media_type.starts_with("text/") => text_source(data),
        _ => None,
    };
    let Some(source) = source else { return left_out("file", media) };
    let mut block = json!({ "type": "document", "source": source });
    if let Some(name) = &media.name {
        block["title"] = name.as_str().into();
    }
    block
}

fn source(media_type: &str, content: &MediaContent) -> Value {
    match content {
        MediaContent::Data(data) => json!({ "type": "base64", "media_type": media_type, "data": data }),
        MediaContent::Url(url) => json!({ "type": "url", "url": url }),
    }
}

fn text_source(data: &str) -> Option<Value> {
    let text = String::from_utf8(BASE64_STANDARD.decode(data).ok()?).ok()?;
    (!text.trim().is_empty()).then(|| json!({ "type": "text", "media_type": "text/plain", "data": text }))
}

fn left_out(what: &str, media: &Media) -> Value {
    let name = media.name.as_ref().map_or(String::new(), |name| format!(": {name}"));
    json!({ "type": "text", "text": format!("[{what} left out{name}]") })
}
