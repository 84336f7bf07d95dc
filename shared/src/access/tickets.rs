//! One-time tickets: for clients that cannot send a header, a `WebSocket` or an `EventSource` in a browser.

use std::time::Duration;

use crate::domain::{Timestamp, UserId};
use crate::error::{Error, Result};
use crate::identity::{Credential, Purpose};

use super::Access;

pub const TICKET_LIFE: Duration = Duration::from_secs(30);

/// What its id is an id of.
enum Ticket {}

impl Access {
    pub async fn make_ticket(&self, user: &UserId, now: Timestamp) -> Result<String> {
        let ticket = Credential::<Ticket>::fresh(Purpose::Ticket, user)?;
        let (id, until) = (ticket.id.as_str(), now.plus(TICKET_LIFE));
        self.store.put_ticket(user, id, &ticket.digest(), now, until).await?;
        Ok(ticket.to_string())
    }

    pub(super) async fn spend_ticket(&self, text: &str, now: Timestamp) -> Result<UserId> {
        let not_good = || Error::unauthenticated("This ticket is not valid, or it was used before.");
        let ticket = Credential::<Ticket>::parse(Purpose::Ticket, text).ok_or_else(not_good)?;
        let kept = self.store.take_ticket(&ticket.user, ticket.id.as_str(), now).await?.ok_or_else(not_good)?;
        if ticket.is(&kept) { Ok(ticket.user) } else { Err(not_good()) }
    }
}
