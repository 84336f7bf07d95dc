//! Where a question goes.

use crate::crypto::sha256;
use crate::domain::{MessageId, SessionId};

/// Where a question goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A new session; or the one that a client's conversation is recognised by.
    New,
    /// A session that has to be there.
    Known(SessionId),
    /// A client's own name for a session, which is made if it is not there.
    Named(SessionId),
    /// The session that a conversation was recognised by: if it does not end with this message, another one is made.
    After(SessionId, MessageId),
    /// A session that has to end with this message.
    Next(SessionId, MessageId),
}

impl Target {
    /// A client's own name; one that is no id of ours stands as its digest.
    pub fn named(name: &str) -> Self {
        Self::Named(SessionId::parse(name).unwrap_or_else(|_| SessionId::of_digest(&sha256(name))))
    }

    /// Whether its session has to be there.
    pub(super) fn must_exist(&self) -> bool {
        matches!(self, Self::Known(_) | Self::After(..) | Self::Next(..))
    }

    /// Whether the client names no session: its conversation may be recognised by what it sends of it.
    pub(super) fn names_no_session(&self) -> bool {
        matches!(self, Self::New | Self::After(..))
    }

    /// Whether the client has a name of its own for the session, and so knows no turns.
    pub(super) fn is_clients_name(&self) -> bool {
        matches!(self, Self::Named(_))
    }

    /// Whether the session keeps the conversation, so that the client need not send it.
    pub fn keeps_conversation(&self) -> bool {
        matches!(self, Self::Known(_) | Self::Next(..))
    }

    pub(super) fn session(&self) -> Option<&SessionId> {
        match self {
            Self::New => None,
            Self::Known(session) | Self::Named(session) | Self::After(session, _) | Self::Next(session, _) => {
                Some(session)
            }
        }
    }

    /// The message that has to be its newest.
    pub(super) fn last(&self) -> Option<&MessageId> {
        match self {
            Self::After(_, last) | Self::Next(_, last) => Some(last),
            Self::New | Self::Known(_) | Self::Named(_) => None,
        }
    }
}
