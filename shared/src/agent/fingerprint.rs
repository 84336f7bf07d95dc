//! A client that keeps its conversation itself names no session: it is recognised by what it tells of it.

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::domain::{Part, PromptMessage, Role};

/// A conversation's fingerprint so far: who said what, in words.
#[derive(Clone)]
pub(super) struct Fingerprint(Context);

impl Fingerprint {
    pub(super) fn of(client_context: &[PromptMessage]) -> Self {
        client_context
            .iter()
            .fold(Self(Context::new(&SHA256)), |fingerprint, message| fingerprint.and(message.role, &message.parts))
    }

    /// A message without words is none: clients leave them out, or add some.
    pub(super) fn and(mut self, role: Role, parts: &[Part]) -> Self {
        let words: String = parts.iter().filter_map(Part::as_text).collect();
        let words = words.trim();
        if !words.is_empty() {
            let who = if role == Role::User { b'u' } else { b'a' };
            self.0.update(&[who]);
            self.0.update(&(words.len() as u64).to_be_bytes());
            self.0.update(words.as_bytes());
        }
        self
    }

    pub(super) fn digest(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.clone().finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(role: Role, text: &str) -> PromptMessage {
        PromptMessage { role, parts: vec![Part::text(text)] }
    }

    #[test]
    fn a_conversation_is_known_by_its_words_and_by_who_said_them() {
        let (question, answer) = (said(Role::User, "Hi"), said(Role::Assistant, "Hello. "));
        let whole = Fingerprint::of(&[question.clone(), answer.clone()]).digest();
        let grown = Fingerprint::of(&[]).and(Role::User, &question.parts).and(Role::Assistant, &[Part::text("Hello.")]);
        assert_eq!(grown.digest(), whole);
        let silent = said(Role::Assistant, "");
        assert_eq!(Fingerprint::of(&[question.clone(), silent, answer.clone()]).digest(), whole);
        for other in [vec![question.clone()], vec![answer, question.clone()], vec![said(Role::User, "HiHello.")]] {
            assert_ne!(Fingerprint::of(&other).digest(), whole);
        }
    }
}
