//! What OpenAI's models take of what an answer shall be like, by their names, on either of its wires.
//! <https://developers.openai.com/api/docs/guides/reasoning>

use crate::domain::{Effort, Options};

enum Kind {
    /// Does not reason, and refuses a request to.
    Plain,
    /// Reasons always: o1, o3, o4-mini.
    O,
    /// Reasons always, if only a little.
    Gpt5,
    /// Reasons when a request says so, or as much as its maker finds right: 5.1 and later.
    Later,
    /// Not one of theirs, or not one that we know: it hears what was asked.
    Unknown,
}

fn kind(model: &str) -> Kind {
    let is_o = model.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match model {
        _ if is_o => Kind::O,
        _ if ["gpt-3", "gpt-4", "chatgpt"].iter().any(|old| model.starts_with(old)) => Kind::Plain,
        _ if model.starts_with("gpt-") && model.contains("-chat") => Kind::Plain,
        "gpt-5" => Kind::Gpt5,
        _ if model.starts_with("gpt-5-") => Kind::Gpt5,
        _ if model.starts_with("gpt-") && !model.starts_with("gpt-oss") => Kind::Later,
        _ => Kind::Unknown,
    }
}

/// In their word; none is not said.
pub(super) fn effort(model: &str, effort: Option<Effort>) -> Option<&'static str> {
    let effort = effort?;
    match (kind(model), effort) {
        (Kind::Plain, _) => None,
        (Kind::O, Effort::None) => Some("low"),
        (Kind::Gpt5, Effort::None) => Some("minimal"),
        _ => Some(word(effort)),
    }
}

pub(super) fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::None => "none",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    }
}

/// Whether it takes a temperature, `top_p` and texts to stop at: who reasons does not.
pub(super) fn is_sampled(model: &str, options: &Options) -> bool {
    match kind(model) {
        Kind::Plain | Kind::Unknown => true,
        Kind::O | Kind::Gpt5 => false,
        Kind::Later => options.reasoning == Some(Effort::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_stop_to_reason_reasons_as_little_as_it_can() {
        let none = |model| effort(model, Some(Effort::None));
        assert_eq!(["gpt-4o", "gpt-5-chat-latest", "chatgpt-4o-latest"].map(none), [None; 3]);
        assert_eq!(["o3", "o4-mini"].map(none), [Some("low"); 2]);
        assert_eq!(["gpt-5", "gpt-5-mini"].map(none), [Some("minimal"); 2]);
        assert_eq!(["gpt-5.1", "gpt-5.6-sol", "gpt-6", "fake", "ollama"].map(none), [Some("none"); 5]);
        assert_eq!(effort("gpt-5", Some(Effort::High)), Some("high"));
        assert_eq!(effort("gpt-5", None), None);
    }

    #[test]
    fn who_reasons_is_not_told_how_to_choose_its_words() {
        let sampled = |reasoning| {
            let options = Options { reasoning, ..Options::default() };
            ["gpt-4o", "o3", "gpt-5", "gpt-5.1", "fake"].map(|model| is_sampled(model, &options))
        };
        assert_eq!(sampled(None), [true, false, false, false, true]);
        assert_eq!(sampled(Some(Effort::None)), [true, false, false, true, true]);
    }
}
