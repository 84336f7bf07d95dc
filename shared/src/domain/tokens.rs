//! How many tokens a text is, about. An estimate and not a tokenizer: their vocabularies weigh 2 to 4 MB each,
//! every cold start would pay for them, and most providers do not publish theirs.
//!
//! It walks over the text as `o200k` of `OpenAI` cuts it (words, numbers by three digits, punctuation, space) and
//! prices each piece a little high. The test beside it holds it to that tokenizer: it is never below nine tenths
//! of the true count, and seldom above one and a half times. Letters without sense (`xkqzjv`) cost more than this says.

/// Letters that cost about one token in a word that is not among the most common.
const LETTERS: u64 = 6;
const DIGITS: u64 = 3;
const MARKS: u64 = 2;
/// What a text is at least, as a share of the estimate.
const SURELY: (u64, u64) = (1, 2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Weighs as many letters.
    Letter(u64),
    Digit,
    Mark,
    Space,
    /// Stands alone and costs as many tokens.
    Alone(u64),
}

/// Counts a text as it comes, in whatever pieces: how it was cut makes no difference.
#[derive(Clone, Debug)]
pub(super) struct TokenCount {
    tokens: u64,
    run: Run,
}

/// A run of characters of one kind, which is cut as a whole.
#[derive(Clone, Debug)]
struct Run {
    kind: Kind,
    weight: u64,
    last: char,
}

pub fn estimated_tokens(text: &str) -> u64 {
    let mut count = TokenCount::default();
    count.add(text);
    count.total()
}

/// As many as these it has in any case: what is refused for its length is too long.
pub fn least_tokens(text: &str) -> u64 {
    estimated_tokens(text) * SURELY.0 / SURELY.1
}

impl Default for TokenCount {
    fn default() -> Self {
        Self { tokens: 0, run: Run { kind: Kind::Space, weight: 0, last: ' ' } }
    }
}

impl TokenCount {
    pub(super) fn add(&mut self, text: &str) {
        for char in text.chars() {
            let kind = kind(char);
            if !self.run.goes_on_with(kind, char) {
                self.tokens += self.run.tokens();
                self.run = Run { kind, weight: 0, last: char };
            }
            self.run.weight += if let Kind::Letter(weight) = kind { weight } else { 1 };
            self.run.last = char;
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.tokens + self.run.tokens()
    }
}

impl Run {
    fn goes_on_with(&self, kind: Kind, char: char) -> bool {
        match (self.kind, kind) {
            // `camelCase` is two words.
            (Kind::Letter(_), Kind::Letter(_)) => !(self.last.is_lowercase() && char.is_uppercase()),
            (Kind::Digit, Kind::Digit) | (Kind::Mark, Kind::Mark) => true,
            // A line's end and what the next line begins with are two.
            (Kind::Space, Kind::Space) => (self.last == '\n') == (char == '\n'),
            _ => false,
        }
    }

    fn tokens(&self) -> u64 {
        match self.kind {
            _ if self.weight == 0 => 0,
            // One space belongs to the word behind it.
            Kind::Space if self.weight == 1 && self.last == ' ' => 0,
            Kind::Space => 1,
            Kind::Letter(_) => self.weight.div_ceil(LETTERS),
            Kind::Digit => self.weight.div_ceil(DIGITS),
            Kind::Mark => self.weight.div_ceil(MARKS),
            Kind::Alone(tokens) => tokens,
        }
    }
}

fn kind(char: char) -> Kind {
    match char {
        'a'..='z' | 'A'..='Z' => Kind::Letter(1),
        '0'..='9' => Kind::Digit,
        '\0'..='\x7f' if char.is_whitespace() => Kind::Space,
        '\0'..='\x7f' => Kind::Mark,
        // Latin with accents, Greek, Cyrillic, Hebrew, Arabic.
        '\u{80}'..='\u{7ff}' if char.is_alphabetic() => Kind::Letter(2),
        // The scripts of India and Thailand, whose vowels are characters of their own.
        '\u{900}'..='\u{97f}' => Kind::Letter(2),
        '\u{980}'..='\u{e7f}' => Kind::Letter(3),
        // Chinese, Japanese, Korean.
        '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff00}'..='\u{ffef}' => {
            Kind::Alone(1)
        }
        '\u{80}'..='\u{7ff}' => Kind::Alone(1),
        '\u{800}'..='\u{ffff}' => Kind::Alone(2),
        _ => Kind::Alone(3),
    }
}

#[cfg(test)]
mod tests;
