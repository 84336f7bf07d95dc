//! Our request as the engine's JSON. The engine has its own instructions, tools and history: it is sent the question.

use aws_lc_rs::digest;
use serde_json::{Value, json};

use crate::domain::{Media, MediaContent, Part, Role};
use crate::llm::ModelRequest;

/// Ours as the engine's name of it: what Agent Engine takes for one, `[a-z0-9-]` with a letter first.
pub(super) fn session(request: &ModelRequest) -> String {
    let whose = format!("{}\n{}", request.user, request.session);
    let digest = digest::digest(&digest::SHA256, whose.as_bytes());
    let digits = digest.as_ref()[..20].iter().map(|byte| format!("{byte:02x}"));
    format!("c{}", digits.collect::<String>())
}

pub(super) fn create_session(request: &ModelRequest) -> Value {
    let input = json!({ "user_id": request.user, "session_id": session(request) });
    json!({ "class_method": "async_create_session", "input": input })
}

pub(super) fn stream_query(request: &ModelRequest) -> Value {
    let input = json!({
        "user_id": request.user,
        "session_id": session(request),
        "message": message(request),
        // Or the answer comes in one piece.
        "run_config": { "streaming_mode": "sse" },
    });
    json!({ "class_method": "async_stream_query", "input": input })
}

/// Plain text, or content as Gemini has it where there is something to look at.
fn message(request: &ModelRequest) -> Value {
    let question = request.messages.iter().rev().find(|message| message.role == Role::User);
    let parts = question.map_or(&[][..], |question| &question.parts);
    let is_media = |part: &Part| matches!(part, Part::Image(_) | Part::File(_));
    if parts.iter().any(is_media) {
        return json!({ "role": "user", "parts": parts.iter().filter_map(content).collect::<Vec<_>>() });
    }
    let text = |part: &Part| if let Part::Text { text } = part { Some(text.clone()) } else { None };
    parts.iter().filter_map(text).collect::<Vec<_>>().join("\n").into()
}

fn content(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } => Some(json!({ "text": text })),
        Part::Image(Media { media_type, content, .. }) | Part::File(Media { media_type, content, .. }) => {
            Some(match content {
                MediaContent::Data(data) => json!({ "inline_data": { "mime_type": media_type, "data": data } }),
                MediaContent::Url(url) => json!({ "file_data": { "mime_type": media_type, "file_uri": url } }),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::PromptMessage;

    fn asked(parts: Vec<Part>) -> ModelRequest {
        let says = |role, parts| PromptMessage { role, parts };
        let messages = vec![
            says(Role::User, vec![Part::text("Before?")]),
            says(Role::Assistant, vec![Part::text("Before.")]),
            says(Role::User, parts),
        ];
        ModelRequest { messages, user: "eve".to_owned(), session: "7_A".to_owned(), ..ModelRequest::default() }
    }

    #[test]
    fn only_the_question_is_sent_into_a_session_of_that_user() {
        let request = asked(vec![Part::text("And now?")]);
        let input = &stream_query(&request)["input"];
        assert_eq!((&input["message"], &input["user_id"]), (&json!("And now?"), &json!("eve")));
        assert_eq!(input["session_id"], create_session(&request)["input"]["session_id"]);
    }

    #[test]
    fn an_engines_session_belongs_to_one_user_and_one_session_and_has_a_name_it_takes() {
        let mut request = asked(Vec::new());
        let first = session(&request);
        assert!(first.starts_with('c') && first.len() <= 63);
        assert!(first.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        assert_eq!(session(&request), first);
        request.user = "adam".to_owned();
        assert_ne!(session(&request), first);
    }

    #[test]
    fn a_picture_makes_the_question_content() {
        let content = MediaContent::Data("AAAA".to_owned());
        let picture = Part::Image(Media { media_type: "image/png".to_owned(), name: None, content });
        let request = asked(vec![Part::text("What is this?"), picture]);
        let parts =
            json!([{ "text": "What is this?" }, { "inline_data": { "mime_type": "image/png", "data": "AAAA" } }]);
        assert_eq!(stream_query(&request)["input"]["message"], json!({ "role": "user", "parts": parts }));
    }
}
