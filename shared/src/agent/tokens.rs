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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Weighs as many letters.
    Letter(u64),
    Digit,
    Mark,
    Space,
    /// Stands alone and costs as many tokens.
    Alone(u64),
}

/// A run of characters of one kind, which is cut as a whole.
struct Run {
    kind: Kind,
    weight: u64,
    last: char,
}

pub(super) fn estimate(text: &str) -> u64 {
    let mut tokens = 0;
    let mut run = Run { kind: Kind::Space, weight: 0, last: ' ' };
    for char in text.chars() {
        let kind = kind(char);
        if !run.goes_on_with(kind, char) {
            tokens += run.tokens();
            run = Run { kind, weight: 0, last: char };
        }
        run.weight += if let Kind::Letter(weight) = kind { weight } else { 1 };
        run.last = char;
    }
    tokens + run.tokens()
}

/// As many as these it has in any case: what is refused for its length is too long.
pub(super) fn at_least(text: &str) -> u64 {
    estimate(text) * SURELY.0 / SURELY.1
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
