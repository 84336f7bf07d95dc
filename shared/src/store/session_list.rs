//! A user's sessions, by activity.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Select;

use crate::domain::{Session, SessionId, Timestamp, UserId};
use crate::error::Result;

use super::attributes::{AttributeMap, text};
use super::sessions::{SessionItem, hour, parse};
use super::{Store, fault, keys};

/// Where a list of sessions goes on: the last one seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionMark {
    pub updated_at: Timestamp,
    pub id: SessionId,
}

impl Store {
    /// The owner's sessions after `mark`, newest activity first, and whether there are more.
    pub async fn sessions(
        &self,
        owner: &UserId,
        limit: usize,
        mark: Option<&SessionMark>,
    ) -> Result<(Vec<Session>, bool)> {
        let from = mark.map_or_else(|| "~".to_owned(), |mark| hour(mark.updated_at));
        let mut found: Vec<SessionItem> = Vec::new();
        let mut start: Option<AttributeMap> = None;
        loop {
            let query = self
                .by_activity(owner)
                .await?
                .key_condition_expression("pk = :pk AND active <= :from")
                .expression_attribute_values(":from", text(&from))
                .select(Select::AllAttributes)
                .scan_index_forward(false)
                .set_exclusive_start_key(start.take());
            let reply = query.send().await.map_err(fault::during("list sessions"))?;
            for item in reply.items.unwrap_or_default() {
                found.push(parse(item)?);
            }
            start = reply.last_evaluated_key;
            if start.is_none() || whole_hours_suffice(&found, mark, limit) {
                return Ok(newest(found, mark, limit));
            }
        }
    }

    /// How many sessions the owner has.
    pub async fn count_sessions(&self, owner: &UserId) -> Result<usize> {
        let (mut count, mut start) = (0, None);
        loop {
            let query = self.by_activity(owner).await?.select(Select::Count).set_exclusive_start_key(start.take());
            let reply = query.send().await.map_err(fault::during("count sessions"))?;
            count += usize::try_from(reply.count).unwrap_or_default();
            start = reply.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    async fn by_activity(&self, owner: &UserId) -> Result<QueryFluentBuilder> {
        Ok(self.query(&keys::user(owner)).await?.index_name(keys::BY_ACTIVITY))
    }
}

/// Whether a page is full even if the last hour, which may not have been read whole, is left out.
fn whole_hours_suffice(found: &[SessionItem], mark: Option<&SessionMark>, limit: usize) -> bool {
    let last = found.last().and_then(|item| item.active.as_deref());
    let whole = found.iter().filter(|item| item.active.as_deref() != last);
    whole.filter(|item| is_after(item, mark)).count() > limit
}

fn newest(mut found: Vec<SessionItem>, mark: Option<&SessionMark>, limit: usize) -> (Vec<Session>, bool) {
    found.retain(|item| is_after(item, mark));
    found.sort_by(|a, b| (b.updated_at, b.id.as_str()).cmp(&(a.updated_at, a.id.as_str())));
    let more = found.len() > limit;
    found.truncate(limit);
    (found.into_iter().map(Session::from).collect(), more)
}

fn is_after(item: &SessionItem, mark: Option<&SessionMark>) -> bool {
    mark.is_none_or(|mark| (item.updated_at, item.id.as_str()) < (mark.updated_at.millis(), mark.id.as_str()))
}
