//! Every kind of item that there is. What is of no kind cannot be put into the table (`item_of`), and a kind without
//! a rule for its export (`export.rs`) or its erasure (`erase.rs`) does not compile.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_dynamo::{from_item, to_item};

use super::attributes::{AttributeMap, text_of};
use super::keys::{self, PK, SK};
use super::unreadable;
use crate::error::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Session,
    Message,
    /// Record 0 of a turn's log, which says what the turn is.
    #[serde(rename = "turn")]
    Head,
    Record,
    /// The rest of a message or a head.
    Fragment,
    Usage,
    Fingerprint,
    File,
    Profile,
    Login,
    Key,
    Ticket,
    #[serde(rename = "pickup_identity")]
    Pickup,
    /// What says that a pick-up is this user's.
    #[serde(rename = "pickup")]
    PickupMark,
    SignIn,
    Password,
    Tries,
    Erasure,
}

/// How many items of each kind.
pub type KindCounts = BTreeMap<Kind, u64>;

/// An item that can be put into the table.
pub(super) trait Stored: Serialize {
    const KIND: Kind;
}

impl Kind {
    pub const ALL: [Self; 18] = [
        Self::Session,
        Self::Message,
        Self::Head,
        Self::Record,
        Self::Fragment,
        Self::Usage,
        Self::Fingerprint,
        Self::File,
        Self::Profile,
        Self::Login,
        Self::Key,
        Self::Ticket,
        Self::Pickup,
        Self::PickupMark,
        Self::SignIn,
        Self::Password,
        Self::Tries,
        Self::Erasure,
    ];

    /// What these keys are of; none for keys that we do not make.
    pub fn of(pk: &str, sk: &str) -> Option<Self> {
        let owner = pk.split_once('#').map_or(pk, |(owner, _)| owner);
        let name = sk.split_once('#').map_or(sk, |(name, _)| name);
        let is_rest = keys::is_fragment(sk);
        Some(match (owner, name) {
            ("USER", "MSG" | "LOG") if is_rest => Self::Fragment,
            ("USER", "MSG") => Self::Message,
            ("USER", "LOG") if sk == keys::record(0) => Self::Head,
            ("USER", "LOG") => Self::Record,
            ("USER", "SESSION") => Self::Session,
            ("USER", "USAGE") => Self::Usage,
            ("USER", "FINGERPRINT") => Self::Fingerprint,
            ("USER", "FILE") => Self::File,
            ("USER", "PROFILE") => Self::Profile,
            ("USER", "LOGIN") => Self::Login,
            ("USER", "KEY") => Self::Key,
            ("USER", "TICKET") => Self::Ticket,
            ("USER", "PICKUP") => Self::PickupMark,
            ("PICKUP", "PICKUP") => Self::Pickup,
            ("SIGN_IN", "SIGN_IN") => Self::SignIn,
            ("EMAIL", "PASSWORD") => Self::Password,
            ("EMAIL", "TRIES") => Self::Tries,
            ("ERASURES", _) => Self::Erasure,
            _ => return None,
        })
    }
}

/// The only way into the table: what goes there is of a kind, and lies where that kind lies.
#[expect(clippy::disallowed_methods, reason = "here, and nowhere else")]
pub(super) fn item_of<T: Stored>(stored: &T) -> Result<AttributeMap> {
    let item: AttributeMap = to_item(stored).map_err(unreadable)?;
    debug_assert_eq!(Kind::of(text_of(&item, PK), text_of(&item, SK)), Some(T::KIND));
    Ok(item)
}

/// The way back.
pub(super) fn read_item<T: DeserializeOwned>(item: AttributeMap) -> Result<T> {
    from_item(item).map_err(unreadable)
}
