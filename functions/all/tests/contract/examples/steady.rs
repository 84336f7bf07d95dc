//! What differs in every run, shown as if it did not: ids, times, tokens, addresses.

use std::fmt::Write;

use shared::domain::{Day, Timestamp};

const TIME: &str = "2026-11-21T05:21:50.583Z";
const TODAY: &str = "2026-11-21";
const SECONDS: &str = "1795238510";
const MILLISECONDS: &str = "1795238510583";
const FIRST_ID: u64 = 243_912_337_697_051;
/// 32 random bytes in base64url, as in keys; what is longer is cut.
const RANDOM: &str = "Zq3vT9xLwB0kJd8sNfYh2RmUc6PgEaXo1iVtHy7KbQ4";
const SECRET: usize = RANDOM.len();

/// One exchange: the same id is the same wherever it stands in it.
pub(crate) struct Steady {
    addresses: Vec<(String, &'static str)>,
    ids: Vec<String>,
    today: String,
}

impl Steady {
    /// `addresses`: whole texts and what stands for them.
    pub(crate) fn new(addresses: &[(String, &'static str)]) -> Self {
        Self { addresses: addresses.to_vec(), ids: Vec::new(), today: Day::of(Timestamp::now()).to_string() }
    }

    pub(crate) fn text(&mut self, text: &str) -> String {
        let text = self.addresses.iter().fold(text.to_owned(), |text, (this, that)| text.replace(this, that));
        let (mut steady, mut rest) = (String::new(), text.as_str());
        while let Some(first) = rest.chars().next() {
            let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()).max(first.len_utf8());
            let (part, length) = match time_at(rest) {
                Some(length) => (TIME.to_owned(), length),
                None => (self.word(&rest[..length], &steady), length),
            };
            steady += &part;
            rest = &rest[length..];
        }
        steady
    }

    fn word(&mut self, word: &str, before: &str) -> String {
        let is_number = word.bytes().all(|b| b.is_ascii_digit());
        // A credential: what it is, and whose.
        if let Some((kind, user)) = word.rsplit_once('_').filter(|(_, user)| is_user(user)) {
            return format!("{kind}_{}", self.word(user, ""));
        }
        match word {
            _ if word == self.today => TODAY.to_owned(),
            // Milliseconds that something took.
            _ if is_number && before.ends_with("_ms\":") => "840".to_owned(),
            // The digits behind a point.
            _ if is_number && before.ends_with('.') => word.to_owned(),
            _ if is_number && word.len() == SECONDS.len() && is_near(word) => SECONDS.to_owned(),
            _ if is_number && word.len() == MILLISECONDS.len() && is_near(word) => MILLISECONDS.to_owned(),
            _ if is_uuid(word) => format!("35ea9408-c75f-4ca9-8689-aa71670c{:04x}", self.number(word)),
            _ if is_user(word) => format!("35ea9408c75f4ca98689aa71670c{:04x}", self.number(word)),
            _ if is_random(word) && word.len() > SECRET => format!("{}…", &RANDOM[..22]),
            _ if is_random(word) || before.ends_with("\"kid\":\"") => RANDOM[..word.len()].to_owned(),
            _ => self.ids_in(word),
        }
    }

    /// Ids are long numbers, some behind a word: `resp_243912337697051`.
    fn ids_in(&mut self, word: &str) -> String {
        let (mut steady, mut rest) = (String::new(), word);
        while let Some(first) = rest.chars().next() {
            let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            match length {
                0 => steady.push(first),
                12.. => _ = write!(steady, "{}", FIRST_ID + self.number(&rest[..length])),
                _ => steady += &rest[..length],
            }
            rest = &rest[length.max(first.len_utf8())..];
        }
        steady
    }

    /// Its number among the ids of this exchange.
    fn number(&mut self, id: &str) -> u64 {
        let known = self.ids.iter().position(|known| known == id).unwrap_or_else(|| {
            self.ids.push(id.to_owned());
            self.ids.len() - 1
        });
        known.try_into().expect("a few ids")
    }
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The length of a time (RFC 3339, in UTC) that stands at the beginning.
fn time_at(text: &str) -> Option<usize> {
    let shape = "0000-00-00T00:00:00";
    let fits = |(at, shape): (u8, u8)| if shape == b'0' { at.is_ascii_digit() } else { at == shape };
    let is_time = text.len() > shape.len() && text.bytes().zip(shape.bytes()).all(fits);
    let end = text.find('Z').filter(|_| is_time)?;
    text[shape.len()..end].bytes().all(|b| b == b'.' || b.is_ascii_digit()).then_some(end + 1)
}

/// A time of these years, since 1970.
fn is_near(digits: &str) -> bool {
    digits.starts_with("17") || digits.starts_with("18")
}

fn is_uuid(word: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    let fits = |(at, b): (usize, u8)| if dashes.contains(&at) { b == b'-' } else { b.is_ascii_hexdigit() };
    word.len() == 36 && word.bytes().enumerate().all(fits)
}

fn is_user(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Base64 of 16 bytes, or of 24 and more.
fn is_random(word: &str) -> bool {
    let is_mixed = word.bytes().any(|b| b.is_ascii_uppercase()) && word.bytes().any(|b| b.is_ascii_lowercase());
    is_mixed && (word.len() == 22 || word.len() >= 32)
}
