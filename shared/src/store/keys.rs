//! Keys: typed, made of ids that were validated, each prefixed by what it is.

use aws_lc_rs::digest;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::domain::{Day, FileId, KeyId, LoginId, MessageId, ModelRef, SessionId, TurnId, UserId};

pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";
/// Seconds since 1970; DynamoDB deletes what has passed, days late, so reads look at it, too.
pub(super) const EXPIRES_AT: &str = "expires_at";
/// The sort key of the index of sessions by activity.
pub(super) const ACTIVE: &str = "active";
pub(super) const BY_ACTIVITY: &str = "by_activity";

pub(super) fn user(owner: &UserId) -> String {
    format!("USER#{owner}")
}

pub(super) fn session(id: &SessionId) -> String {
    format!("{SESSIONS}{id}")
}

/// A conversation that its client sends whole, by the digest of what it sends.
pub(super) fn fingerprint(digest: &str) -> String {
    format!("FINGERPRINT#{digest}")
}

/// A user's one profile.
pub(super) const PROFILE: &str = "PROFILE";
pub(super) const LOGINS: &str = "LOGIN#";
pub(super) const API_KEYS: &str = "KEY#";

pub(super) fn login(id: &LoginId) -> String {
    format!("{LOGINS}{id}")
}

pub(super) fn api_key(id: &KeyId) -> String {
    format!("{API_KEYS}{id}")
}

pub(super) const FILES: &str = "FILE#";

pub(super) fn file(id: &FileId) -> String {
    format!("{FILES}{id}")
}

pub(super) const TICKETS: &str = "TICKET#";
pub(super) const PICKUPS: &str = "PICKUP#";
pub(super) const SESSIONS: &str = "SESSION#";

pub(super) fn ticket(id: &str) -> String {
    format!("{TICKETS}{id}")
}

/// Partition and sort key of a sign-in under way, by the digest of its state.
pub(super) fn sign_in(state: &str) -> (String, String) {
    (format!("SIGN_IN#{state}"), "SIGN_IN".to_owned())
}

/// Partition and sort key of a sign-in that waits to be picked up, by the digest of its state.
pub(super) fn pickup(state: &str) -> (String, String) {
    (format!("PICKUP#{state}"), "PICKUP".to_owned())
}

/// What says under a user that a pick-up is theirs.
pub(super) fn pickup_mark(state: &str) -> String {
    format!("{PICKUPS}{state}")
}

/// Partition and sort key of a user's password, by the digest of their address.
pub(super) fn password(address: &str) -> (String, String) {
    (format!("EMAIL#{address}"), "PASSWORD".to_owned())
}

/// Partition and sort key of the latest tries to sign in with this address, registered or not.
pub(super) fn tries(address: &str) -> (String, String) {
    (format!("EMAIL#{address}"), "TRIES".to_owned())
}

/// The partition of all erasures; each under its receipt.
pub(super) const ERASURES: &str = "ERASURES";

/// The partition of a session's messages.
pub(super) fn messages(owner: &UserId, session: &SessionId) -> String {
    format!("USER#{owner}#SESSION#{session}")
}

/// Our ids have at most 16 digits; padded they sort as numbers do.
pub(super) fn message(id: &MessageId) -> String {
    format!("MSG#{:0>16}", id.as_str())
}

/// The id that a message's sort key was made of.
pub(super) fn message_id(sk: &str) -> Option<MessageId> {
    MessageId::parse(sk.strip_prefix("MSG#")?.trim_start_matches('0')).ok()
}

/// What lies before every row of usage of this day.
pub(super) fn usage_of_day(day: Day) -> String {
    format!("USAGE#{day}#")
}

/// A model's name is the client's: one that is long or has odd characters is named by its digest.
pub(super) fn usage(day: Day, model: &ModelRef) -> String {
    let model = model.to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@".contains(c);
    if model.len() <= 128 && model.chars().all(is_plain) {
        return usage_of_day(day) + &model;
    }
    let digest = digest::digest(&digest::SHA256, model.as_bytes());
    usage_of_day(day) + "=" + &BASE64_URL_SAFE_NO_PAD.encode(digest)
}

/// The day that a row's sort key was made of.
pub(super) fn day_of_usage(sk: &str) -> Option<Day> {
    sk.strip_prefix("USAGE#")?.split('#').next()?.parse().ok()
}

/// The partition of a turn's log.
pub(super) fn log(owner: &UserId, turn: &TurnId) -> String {
    format!("USER#{owner}#TURN#{turn}")
}

/// The head of a log is record 0.
pub(super) fn record(seq: u32) -> String {
    format!("LOG#{seq:06}")
}

/// What the fragments of a log's head lie behind.
pub(super) fn part_of_head(writer: &str) -> String {
    format!("{}#{writer}", record(0))
}

/// What did not fit into an item lies right behind it.
pub(super) fn fragment(sk: &str, number: usize) -> String {
    format!("{sk}#{number:04}")
}

pub(super) fn is_fragment(sk: &str) -> bool {
    sk.matches('#').count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_name_never_breaks_out_of_its_key() {
        let day: Day = "2026-11-21".parse().unwrap();
        let key = |model: &str| usage(day, &ModelRef::parse(model));
        assert_eq!(key("openai:gpt-4o-mini"), "USAGE#2026-11-21#openai:gpt-4o-mini");
        assert_eq!(key("ollama:meta/llama3.2:latest"), "USAGE#2026-11-21#ollama:meta/llama3.2:latest");
        let odd = ["openai:a#b", "openai:~", "openai:a b", "openai:é", &format!("openai:{}", "x".repeat(4_000))];
        for model in odd {
            let key = key(model);
            assert!(key.starts_with("USAGE#2026-11-21#=") && key.len() < 80, "{key}");
            assert_eq!(day_of_usage(&key), Some(day));
        }
        assert_ne!(key("openai:a#b"), key("openai:a#c"));
    }
}
