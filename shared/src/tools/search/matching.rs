//! Which texts hold all the words, whatever their case, and what is shown of them.

use crate::domain::Part;
use crate::tools::ToolFault;

const MAX_QUERY_CHARS: usize = 200;
const MAX_WORDS: usize = 10;
/// What is shown before a word and after its beginning.
const BEFORE: usize = 80;
const AFTER: usize = 160;

/// In lower case, at least one.
pub(super) struct SearchWords(Vec<String>);

impl SearchWords {
    pub(super) fn parse(query: &str) -> Result<Self, ToolFault> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() || words.len() > MAX_WORDS || query.chars().count() > MAX_QUERY_CHARS {
            return Err(ToolFault::arguments("query", "A query is one to ten words of 200 characters together."));
        }
        Ok(Self(words))
    }

    /// What is around the first of the words, if all are there.
    pub(super) fn find_in(&self, text: &str) -> Option<String> {
        let lower = text.to_lowercase();
        let places: Option<Vec<usize>> = self.0.iter().map(|word| lower.find(word)).collect();
        let first = places?.into_iter().min()?;
        // Some characters are two in lower case, so this may be a little behind the word; what it shows is text.
        Some(excerpt(text, lower[..first].chars().count()))
    }
}

fn excerpt(text: &str, at: usize) -> String {
    let length = text.chars().count();
    let (from, to) = (at.min(length).saturating_sub(BEFORE), (at + AFTER).min(length));
    let shown: String = text.chars().skip(from).take(to - from).collect();
    let (head, tail) = (if from > 0 { "…" } else { "" }, if to < length { "…" } else { "" });
    format!("{head}{}{tail}", shown.trim())
}

/// What was said: no thoughts, no tools. What a search found before would be found again.
pub(super) fn text(parts: &[Part]) -> String {
    parts.iter().filter_map(Part::as_text).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(query: &str, text: &str) -> Option<String> {
        SearchWords::parse(query).unwrap().find_in(text)
    }

    #[test]
    fn all_the_words_have_to_be_there_in_whatever_case_and_order() {
        let text = "Die Frist für das ANGEBOT endet am Freitag.";
        assert!(find("angebot frist", text).is_some());
        assert!(find("FÜR", text).is_some());
        assert_eq!(find("angebot montag", text), None);
        assert!(find("期限", "报价期限是星期五。").is_some());
    }

    #[test]
    fn an_excerpt_is_what_stands_around_the_first_word_of_whatever_script() {
        let text = format!("{}needle{}", "é ".repeat(500), " 漢".repeat(500));
        let shown = find("needle", &text).unwrap();
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("needle"), "{shown}");
        assert!(shown.chars().count() <= BEFORE + AFTER + 2);
        // This letter is two in lower case.
        assert!(find("x", &format!("{}x", "İ".repeat(300))).is_some());
    }

    #[test]
    fn a_query_is_one_to_ten_words() {
        for query in ["", " \n", &"a ".repeat(11), &"a".repeat(201)] {
            assert!(SearchWords::parse(query).is_err(), "{query:?} passed");
        }
    }
}
