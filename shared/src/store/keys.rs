//! Keys: typed, made of ids that were validated, each prefixed by what it is.

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::{KeyId, LoginId, MessageId, SessionId, TurnId, UserId};

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
    format!("SESSION#{id}")
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

pub(super) fn ticket(id: &str) -> String {
    format!("TICKET#{id}")
}

/// Partition and sort key of a sign-in under way, by the digest of its state.
pub(super) fn attempt(state: &str) -> (String, String) {
    (format!("ATTEMPT#{state}"), "ATTEMPT".to_owned())
}

/// Partition and sort key of a sign-in that waits to be picked up, by the digest of its state.
pub(super) fn pickup(state: &str) -> (String, String) {
    (format!("PICKUP#{state}"), "PICKUP".to_owned())
}

/// Partition and sort key of somebody who signs in by password, by the digest of their address.
pub(super) fn password(address: &str) -> (String, String) {
    (format!("EMAIL#{address}"), "PASSWORD".to_owned())
}

/// How often somebody has tried to, lately; whether or not anybody has registered so.
pub(super) fn tries(address: &str) -> (String, String) {
    (format!("EMAIL#{address}"), "TRIES".to_owned())
}

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

pub(super) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn flag(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

pub(super) fn optional(value: Option<&str>) -> AttributeValue {
    value.map_or(AttributeValue::Null(true), text)
}
