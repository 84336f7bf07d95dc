//! The head of a new turn: with an idempotency key its ids are derived from user and key, else they are fresh.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::crypto::{random_number, sha256};
use crate::domain::{Head, MessageId, ModelRef, SessionId, Timestamp, TurnId, UserId};

use super::ask::Ask;
use super::random;
use super::target::Target;

pub(super) fn head(
    owner: &UserId,
    ask: &Ask,
    target: &Target,
    model: &ModelRef,
    attempt: u64,
    beyond: Option<&MessageId>,
) -> Head {
    let now = Timestamp::now();
    let fresh_message = MessageId::fresh(now, random_number());
    let digest_of = |what: &str| {
        let key = ask.key.as_deref().unwrap_or_default();
        sha256(format!("{what}\n{owner}\n{attempt}\n{key}"))
    };
    let keyed = ask.key.is_some();
    let new_session =
        || if keyed { SessionId::derived(&digest_of("session")) } else { SessionId::fresh(now, random_number()) };
    Head {
        turn: if keyed { TurnId::derived(&digest_of("turn")) } else { TurnId::fresh(now, random_number()) },
        session: target.session().cloned().unwrap_or_else(new_session),
        model: model.clone(),
        question_id: beyond.map_or(fresh_message, MessageId::next),
        replaces: None,
        question: ask.question.clone(),
        tools: ask.tools.clone(),
        options: ask.options.clone(),
        hosted: ask.hosted.clone(),
        client_fields: ask.client_fields.clone(),
        body: BASE64_URL_SAFE_NO_PAD.encode(&sha256(ask.request_text())[..16]),
        writer: random::writer(),
        at: now,
    }
}
