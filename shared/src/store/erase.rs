//! Deletes what a user has: a page at a time, so that it can be left and taken up again anywhere. What tells the way to
//! something else goes after it.

use aws_sdk_dynamodb::types::ReturnValue;

use crate::domain::{SessionId, TurnId, UserId};
use crate::error::Result;

use super::attributes::{AttributeMap, text, text_of};
use super::fault::{self, conditional};
use super::keys::{self, PK, SK};
use super::kinds::{Kind, KindCounts};
use super::requests::all_pages;
use super::{Store, unreadable};

/// A page is work for a moment.
const PAGE: i32 = 25;

pub(super) fn add(tally: &mut KindCounts, more: KindCounts) {
    for (kind, count) in more {
        *tally.entry(kind).or_default() += count;
    }
}

impl Store {
    /// Deletes some of what lies under its user, and says how much; nothing when all is gone but the profile. That
    /// goes last, with the erasure itself.
    pub async fn erase_some(&self, owner: &UserId) -> Result<KindCounts> {
        let page = self.query(&keys::user(owner)).await?.limit(PAGE).projection_expression("pk, sk, open_turn");
        let page = page.send().await.map_err(fault::during("read what to erase"))?;
        let mut erased = KindCounts::new();
        for item in page.items.unwrap_or_default() {
            let (pk, sk) = (text_of(&item, PK), text_of(&item, SK));
            let kind = Kind::of(pk, sk).ok_or_else(|| unreadable(format!("an item of no kind: {sk}")))?;
            add(&mut erased, self.erase_item(owner, kind, item).await?);
        }
        Ok(erased)
    }

    /// A new kind says here how it is erased.
    async fn erase_item(&self, owner: &UserId, kind: Kind, item: AttributeMap) -> Result<KindCounts> {
        match kind {
            Kind::Usage | Kind::Fingerprint | Kind::File | Kind::Login | Kind::Key | Kind::Ticket => {
                self.delete_all(&[item]).await
            }
            Kind::Session => self.erase_session(owner, item).await,
            // The mark goes after what it marks.
            Kind::PickupMark => {
                let (pk, sk) = keys::pickup(text_of(&item, SK).trim_start_matches(keys::PICKUPS));
                let mut erased = self.erase_one(Kind::Pickup, &pk, &sk).await?;
                add(&mut erased, self.delete_all(&[item]).await?);
                Ok(erased)
            }
            // While it stands the user cannot sign in and no turn begins: `end_erasure` takes it.
            Kind::Profile => Ok(KindCounts::new()),
            // By `erase_address`.
            Kind::Password | Kind::Tries
            // With the session that they lie under.
            | Kind::Message | Kind::Head | Kind::Record | Kind::Fragment
            // With the mark.
            | Kind::Pickup
            // Under no user: one expires in minutes, the other forgets its user when it is done.
            | Kind::SignIn | Kind::Erasure => Err(unreadable(format!("{kind:?} lies under a user"))),
        }
    }

    async fn erase_session(&self, owner: &UserId, item: AttributeMap) -> Result<KindCounts> {
        let id = SessionId::parse(text_of(&item, SK).trim_start_matches(keys::SESSIONS)).map_err(unreadable)?;
        let (mut erased, is_empty) = self.empty_session(owner, &id).await?;
        if is_empty {
            if let Ok(open) = TurnId::parse(text_of(&item, "open_turn")) {
                add(&mut erased, self.delete_log(owner, &open).await?);
            }
            add(&mut erased, self.delete_all(&[item]).await?);
        }
        Ok(erased)
    }

    /// Deletes a page of what a session holds, and says whether that was all. A log goes before the message that names
    /// its turn: a worker that takes this up again finds it.
    pub async fn empty_session(&self, owner: &UserId, session: &SessionId) -> Result<(KindCounts, bool)> {
        let page = self.query_prefix(&keys::messages(owner, session), "MSG#").await?.limit(PAGE);
        let page = page.projection_expression("pk, sk, turn").send().await;
        let page = page.map_err(fault::during("read what a session holds"))?;
        let (items, mut erased) = (page.items.unwrap_or_default(), KindCounts::new());
        for turn in turns_of(&items) {
            add(&mut erased, self.delete_log(owner, &turn).await?);
        }
        add(&mut erased, self.delete_all(&items).await?);
        Ok((erased, page.last_evaluated_key.is_none()))
    }

    /// Deletes what lets this user in, at once: logins, keys and tickets.
    pub async fn end_credentials(&self, owner: &UserId) -> Result<KindCounts> {
        let mut ended = KindCounts::new();
        for prefix in [keys::LOGINS, keys::API_KEYS, keys::TICKETS] {
            let items = self.items_of(&keys::user(owner), prefix).await?;
            add(&mut ended, self.delete_all(&items).await?);
        }
        Ok(ended)
    }

    /// Deletes what lies under an e-mail address: who has tried to come in by it, and the password of this subject.
    pub async fn erase_address(&self, address: &str, subject: &str) -> Result<KindCounts> {
        let (pk, sk) = keys::tries(address);
        let mut erased = self.erase_one(Kind::Tries, &pk, &sk).await?;
        let (pk, sk) = keys::password(address);
        let delete = self
            .delete(&pk, &sk)
            .await?
            .condition_expression("attribute_not_exists(pk) OR subject = :subject")
            .expression_attribute_values(":subject", text(subject))
            .return_values(ReturnValue::AllOld);
        // Refused when another user has registered with this address.
        if let Ok(reply) = conditional(delete.send().await, "erase password")? {
            add(&mut erased, tally_of(Kind::Password, reply.attributes.is_some()));
        }
        Ok(erased)
    }

    /// The sessions of this user in which a turn is open.
    pub async fn open_turns(&self, owner: &UserId) -> Result<Vec<(SessionId, TurnId)>> {
        let query = self
            .query_prefix(&keys::user(owner), keys::SESSIONS)
            .await?
            .filter_expression("attribute_exists(open_turn) AND attribute_not_exists(deleted_by)")
            .projection_expression("id, open_turn");
        let open = all_pages(query, "read open turns").await?;
        let ids = |item: &AttributeMap| {
            Some((SessionId::parse(text_of(item, "id")).ok()?, TurnId::parse(text_of(item, "open_turn")).ok()?))
        };
        Ok(open.iter().filter_map(ids).collect())
    }

    async fn erase_one(&self, kind: Kind, pk: &str, sk: &str) -> Result<KindCounts> {
        let delete = self.delete(pk, sk).await?.return_values(ReturnValue::AllOld);
        let reply = delete.send().await.map_err(fault::during("erase item"))?;
        Ok(tally_of(kind, reply.attributes.is_some()))
    }
}

fn tally_of(kind: Kind, was_there: bool) -> KindCounts {
    was_there.then_some((kind, 1)).into_iter().collect()
}

/// The turns that these messages name.
pub(super) fn turns_of(items: &[AttributeMap]) -> Vec<TurnId> {
    let mut turns: Vec<TurnId> = items.iter().filter_map(|item| TurnId::parse(text_of(item, "turn")).ok()).collect();
    turns.dedup();
    turns
}
