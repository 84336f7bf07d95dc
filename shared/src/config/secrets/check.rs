//! What a secret must be like. A bad one is named by its variable, never shown.

use secrecy::{ExposeSecret, SecretString};

/// What may be said about a secret aloud.
pub type Flaw = &'static str;

type Shape = fn(&str) -> Result<(), Flaw>;

#[derive(Clone, Copy, Debug)]
pub struct SecretRule {
    least: usize,
    /// Whether what stands in every manual is refused.
    own: bool,
    shape: Option<Shape>,
    /// What to do about a secret that breaks it.
    cure: &'static str,
}

impl SecretRule {
    /// Anything but nothing: servers on a laptop ask for a key and never look at it.
    pub const PRESENT: Self =
        Self { least: 1, own: false, shape: None, cure: "give the key that your server asks for, or unset it" };

    /// So many bytes, and nothing that was copied from a manual.
    pub const fn at_least(bytes: usize) -> Self {
        Self { least: bytes, own: true, shape: None, cure: "copy it whole from its issuer" }
    }

    /// What can be read by `shape`.
    pub const fn shaped(shape: Shape) -> Self {
        Self { least: 1, own: true, shape: Some(shape), cure: "give another" }
    }

    pub const fn for_a_header(self) -> Self {
        Self { shape: Some(fits_a_header), ..self }
    }

    pub const fn cured_by(self, cure: &'static str) -> Self {
        Self { cure, ..self }
    }

    pub(super) fn cure(self) -> &'static str {
        self.cure
    }

    pub(super) fn check(self, value: &SecretString) -> Result<(), Flaw> {
        let text = value.expose_secret().trim();
        if text.is_empty() {
            return Err("it is empty");
        }
        if self.own && is_default(text) {
            return Err("it is a default value, not a secret");
        }
        if text.len() < self.least {
            return Err("it is too short");
        }
        self.shape.map_or(Ok(()), |shape| shape(text))
    }
}

fn fits_a_header(text: &str) -> Result<(), Flaw> {
    let fits = text.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(()) } else { Err("it holds a space, a line break or a letter that no key has") }
}

const DEFAULTS: [&str; 17] = [
    "admin",
    "default",
    "demo",
    "dummy",
    "example",
    "foobar",
    "key",
    "none",
    "null",
    "passw0rd",
    "password",
    "placeholder",
    "secret",
    "test",
    "todo",
    "token",
    "undefined",
];
/// Nobody's random bytes have these in them.
const TELLTALES: [&str; 9] = [
    "changeme",
    "change-me",
    "change_me",
    "change me",
    "replace-me",
    "replace_me",
    "xxxx",
    "super-secret",
    "supersecret",
];

fn is_default(text: &str) -> bool {
    let text = text.to_lowercase();
    let bare = text.strip_prefix("sk-").unwrap_or(&text);
    DEFAULTS.contains(&bare)
        || TELLTALES.iter().any(|part| bare.contains(part))
        || ["your-", "your_", "your ", "my-secret", "my_secret", "insert-", "projects/", "..."]
            .iter()
            .any(|start| bare.starts_with(start))
        || ["<>", "{}", "[]"].iter().any(|pair| bare.starts_with(&pair[..1]) && bare.ends_with(&pair[1..]))
        || is_pattern(bare)
}

/// One character or a few of them again and again: `aaaaaaaa`, `abababab`, `12341234`.
fn is_pattern(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=8).any(|period| bytes.len() >= 2 * period && bytes.iter().zip(&bytes[period..]).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: SecretRule, text: &str) -> Result<(), Flaw> {
        rule.check(&text.to_owned().into())
    }

    #[test]
    fn what_stands_in_manuals_is_no_secret_however_long() {
        let manuals = [
            "changeme",
            "changeme-changeme-changeme-changeme",
            "secret",
            "Password",
            "your-client-secret-goes-here",
            "YOUR_API_KEY_0123456789",
            "<client secret>",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "12345678123456781234567812345678",
            "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
            "${CLIENT_SECRET}}".trim_start_matches('$'),
            "projects/p/secret/misspelt-name",
        ];
        for text in manuals {
            assert_eq!(check(SecretRule::at_least(1), text), Err("it is a default value, not a secret"), "{text}");
        }
    }

    #[test]
    fn a_random_secret_passes_and_its_length_is_counted_without_the_line_break_of_its_file() {
        let random = "k3Jv9_PqZr7w-Xb2LmN8sTyU4cDfGh1E";
        assert_eq!(check(SecretRule::at_least(32), random), Ok(()));
        assert_eq!(check(SecretRule::at_least(32), &format!("{}\n", &random[1..])), Err("it is too short"));
        assert_eq!(check(SecretRule::at_least(1), " \n"), Err("it is empty"));
    }

    #[test]
    fn a_server_on_a_laptop_may_be_given_any_key_but_none() {
        assert_eq!(check(SecretRule::PRESENT, "none"), Ok(()));
        assert_eq!(check(SecretRule::PRESENT, ""), Err("it is empty"));
    }

    #[test]
    fn a_secret_has_the_shape_that_its_user_needs() {
        let even = |text: &str| if text.len().is_multiple_of(2) { Ok(()) } else { Err("it is odd") };
        assert_eq!(check(SecretRule::shaped(even), "k3Jv9"), Err("it is odd"));
        assert_eq!(check(SecretRule::shaped(even), "k3Jv9Q"), Ok(()));
    }
}
