//! Markdown as blocks, each as soon as it is whole. What stands inside of a block is left as it is; what is no heading,
//! list or code is a paragraph.

use std::mem;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph(String),
    Heading { level: usize, content: String },
    List { ordered: bool, items: Vec<String> },
    Code { language: String, content: String },
}

#[derive(Default)]
pub(super) struct Markdown {
    /// A line that has not ended.
    line: String,
    open: Option<Open>,
    /// The line before was empty.
    apart: bool,
}

/// A block that may go on.
enum Open {
    Block(Block),
    /// Code, and the fence that will close it.
    Fenced(Block, String),
}

/// What a line is by its beginning.
enum Line<'a> {
    Empty,
    Rule,
    Heading { level: usize, content: &'a str },
    Item { ordered: bool, first: bool, content: &'a str },
    Fence { fence: &'a str, language: &'a str },
    Text,
}

impl Markdown {
    /// The blocks that are whole by now.
    pub(super) fn push(&mut self, text: &str) -> Vec<Block> {
        let mut whole = Vec::new();
        self.line.push_str(text);
        while let Some(at) = self.line.find('\n') {
            let rest = self.line.split_off(at + 1);
            let line = mem::replace(&mut self.line, rest);
            self.read(line.trim_end_matches(['\n', '\r']), &mut whole);
        }
        whole
    }

    /// The text has ended, and with it all blocks.
    pub(super) fn end(&mut self) -> Vec<Block> {
        let mut whole = Vec::new();
        let line = mem::take(&mut self.line);
        if !line.is_empty() {
            self.read(line.trim_end_matches('\r'), &mut whole);
        }
        self.close(&mut whole);
        whole
    }

    fn read(&mut self, line: &str, whole: &mut Vec<Block>) {
        if let Some(Open::Fenced(Block::Code { content, .. }, fence)) = &mut self.open {
            if closes(line, fence) {
                self.close(whole);
            } else {
                content.push_str(line);
                content.push('\n');
            }
            return;
        }
        let apart = mem::take(&mut self.apart);
        match kind(line) {
            Line::Empty => self.pause(whole),
            Line::Rule => self.close(whole),
            Line::Heading { level, content } => {
                self.close(whole);
                whole.push(Block::Heading { level, content: content.to_owned() });
            }
            Line::Fence { fence, language } => {
                self.close(whole);
                let code = Block::Code { language: language.to_owned(), content: String::new() };
                self.open = Some(Open::Fenced(code, fence.to_owned()));
            }
            Line::Item { ordered, first, content } => self.item(line, ordered, first, content, whole),
            Line::Text => self.text(line, apart, whole),
        }
    }

    /// An empty line ends a paragraph; a list may go on behind it.
    fn pause(&mut self, whole: &mut Vec<Block>) {
        self.apart = true;
        if !matches!(self.open, Some(Open::Block(Block::List { .. }))) {
            self.close(whole);
        }
    }

    fn item(&mut self, line: &str, ordered: bool, first: bool, content: &str, whole: &mut Vec<Block>) {
        match &mut self.open {
            // Lists within lists have no block of their own: their items stand in the outer one.
            Some(Open::Block(Block::List { items, ordered: outer })) if *outer == ordered || is_indented(line) => {
                items.push(content.to_owned());
            }
            // A list of theirs counts from one; one that goes on behind something else keeps its numbers as text.
            _ if ordered && !first => {
                self.close(whole);
                self.text(line, false, whole);
            }
            _ => {
                self.close(whole);
                self.open = Some(Open::Block(Block::List { ordered, items: vec![content.to_owned()] }));
            }
        }
    }

    fn text(&mut self, line: &str, apart: bool, whole: &mut Vec<Block>) {
        match &mut self.open {
            Some(Open::Block(Block::Paragraph(text))) => {
                text.push('\n');
                text.push_str(line);
            }
            Some(Open::Block(Block::List { items, .. })) if !apart || is_indented(line) => {
                if let Some(last) = items.last_mut() {
                    last.push('\n');
                    last.push_str(line.trim_start());
                }
            }
            _ => {
                self.close(whole);
                self.open = Some(Open::Block(Block::Paragraph(line.to_owned())));
            }
        }
    }

    fn close(&mut self, whole: &mut Vec<Block>) {
        whole.extend(self.open.take().map(|(Open::Block(block) | Open::Fenced(block, _))| block));
    }
}

fn kind(line: &str) -> Line<'_> {
    let text = line.trim();
    if text.is_empty() {
        return Line::Empty;
    }
    if is_rule(text) {
        return Line::Rule;
    }
    let (hashes, content) = text.split_at(text.len() - text.trim_start_matches('#').len());
    if (1..=6).contains(&hashes.len()) && (content.is_empty() || content.starts_with(' ')) && !is_indented(line) {
        return Line::Heading { level: hashes.len(), content: content.trim_end_matches('#').trim() };
    }
    for mark in ['`', '~'] {
        let (fence, language) = text.split_at(text.len() - text.trim_start_matches(mark).len());
        if fence.len() >= 3 && !language.contains(mark) {
            return Line::Fence { fence, language: language.split_whitespace().next().unwrap_or_default() };
        }
    }
    item(text).unwrap_or(Line::Text)
}

fn item(text: &str) -> Option<Line<'_>> {
    if let Some(content) = ["- ", "* ", "+ "].iter().find_map(|mark| text.strip_prefix(mark)) {
        return Some(Line::Item { ordered: false, first: true, content: content.trim_start() });
    }
    let (number, content) = text.split_once([' ', '\t'])?;
    let digits = number.strip_suffix(['.', ')']).filter(|digits| (1..=9).contains(&digits.len()))?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Line::Item { ordered: true, first: digits == "1", content: content.trim_start() })
}

/// `---`: nothing to be read.
fn is_rule(text: &str) -> bool {
    let is_of =
        |mark: char| text.chars().all(|c| c == mark || c == ' ') && text.chars().filter(|c| *c == mark).count() >= 3;
    ['-', '*', '_'].into_iter().any(is_of)
}

fn is_indented(line: &str) -> bool {
    line.starts_with("  ") || line.starts_with('\t')
}

fn closes(line: &str, fence: &str) -> bool {
    let line = line.trim();
    line.len() >= fence.len() && line.chars().all(|c| fence.starts_with(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "Two ways:\nshort and long.\r\n\r\n# The short one ##\n- *first*\n- second\n  goes on\n  1. within\n\n\
        * third\n\nThen:\n1. one\n2) two\n```rust\nfn main() {\n\n    // ``` is no end\n}\n```\n3. three\n---\n#hash 2.5 - no\n\
        ~~~\n```\n~~~\n| a | b |\n|---|---|\n\n####### seven\n```py\nx = 1";

    fn read(text: &str) -> Vec<Block> {
        let mut markdown = Markdown::default();
        [markdown.push(text), markdown.end()].concat()
    }

    fn paragraph(text: &str) -> Block {
        Block::Paragraph(text.to_owned())
    }

    fn list(ordered: bool, items: &[&str]) -> Block {
        Block::List { ordered, items: items.iter().map(|item| (*item).to_owned()).collect() }
    }

    fn code(language: &str, content: &str) -> Block {
        Block::Code { language: language.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn an_answer_becomes_blocks() {
        let expected = [
            paragraph("Two ways:\nshort and long."),
            Block::Heading { level: 1, content: "The short one".to_owned() },
            list(false, &["*first*", "second\ngoes on", "within", "third"]),
            paragraph("Then:"),
            list(true, &["one", "two"]),
            code("rust", "fn main() {\n\n    // ``` is no end\n}\n"),
            paragraph("3. three"),
            paragraph("#hash 2.5 - no"),
            code("", "```\n"),
            paragraph("| a | b |\n|---|---|"),
            paragraph("####### seven"),
            code("py", "x = 1\n"),
        ];
        assert_eq!(read(ANSWER), expected);
    }

    #[test]
    fn it_does_not_matter_how_an_answer_is_cut() {
        let whole = read(ANSWER);
        for at in 0..=ANSWER.len() {
            let mut markdown = Markdown::default();
            let (first, second) = ANSWER.split_at(at);
            assert_eq!([markdown.push(first), markdown.push(second), markdown.end()].concat(), whole, "cut at {at}");
        }
    }

    #[test]
    fn a_block_is_told_as_soon_as_it_is_whole() {
        let mut markdown = Markdown::default();
        assert_eq!(markdown.push("# Hello\nAda"), [Block::Heading { level: 1, content: "Hello".to_owned() }]);
        assert_eq!(markdown.push(".\n\n"), [paragraph("Ada.")]);
        assert_eq!(markdown.end(), []);
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(read(""), []);
        assert_eq!(read("\n\n \n"), []);
    }
}
