//! Erasures under way and their receipts: one item for each. It names its user until it is done.

use std::time::Duration;

use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use serde::{Deserialize, Serialize};

use crate::domain::{Erasure, ErasureId, Stage, Timestamp, UserId};
use crate::error::{Error, Result, codes};

use super::attributes::{number, text, text_of, values};
use super::fault::{self, conditional};
use super::keys::{self, BY_ACTIVITY, ERASURES, SK};
use super::kinds::{Kind, KindCounts, Stored, read_item};
use super::requests::all_pages;
use super::{Store, unreadable};

/// So long a receipt can be shown.
const RECEIPT_TTL: Duration = Duration::from_hours(24 * 366);
/// What makes a profile a tombstone: the receipt of the erasure that will take it.
const TOMBSTONE: &str = "erasure";

#[derive(Clone, Serialize, Deserialize)]
struct ErasureItem {
    pk: String,
    sk: ErasureId,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    stage: Stage,
    created_at: i64,
    due_at: i64,
    /// When it is due, while it is open: so the open ones stand in the index, and no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leased_until: Option<i64>,
    #[serde(default)]
    erased: KindCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl Stored for ErasureItem {
    const KIND: Kind = Kind::Erasure;
}

impl ErasureItem {
    fn new(owner: &UserId, id: &ErasureId, worker: &str, now: Timestamp, until: Timestamp) -> Self {
        Self {
            pk: ERASURES.to_owned(),
            sk: id.clone(),
            user: Some(owner.clone()),
            stage: Stage::Pending,
            created_at: now.millis(),
            due_at: now.millis(),
            active: Some(due(now)),
            worker: Some(worker.to_owned()),
            leased_until: Some(until.millis()),
            erased: KindCounts::new(),
            finished_at: None,
            expires_at: None,
        }
    }
}

/// An erasure in the hands of one worker.
pub struct ErasureWork {
    item: ErasureItem,
    worker: String,
    pub user: UserId,
}

impl ErasureWork {
    pub fn id(&self) -> &ErasureId {
        &self.item.sk
    }

    pub fn stage(&self) -> Stage {
        self.item.stage
    }

    pub fn created_at(&self) -> Timestamp {
        Timestamp::from_millis(self.item.created_at)
    }

    pub fn count(&mut self, erased: KindCounts) {
        super::erase::add(&mut self.item.erased, erased);
    }
}

impl Store {
    /// Begins to erase this user: from here on the user cannot sign in and no turn begins. The first step is this
    /// worker's, until then. Returns the erasure that is under way already, if there is one.
    pub async fn begin_erasure(
        &self,
        owner: &UserId,
        id: &ErasureId,
        worker: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<ErasureId> {
        let item = ErasureItem::new(owner, id, worker, now, until);
        let receipt = self.transact_put(&item)?.build().map_err(unreadable)?;
        let tombstone = self
            .transact_update(&keys::user(owner), keys::PROFILE)
            .update_expression("SET erasure = :id")
            .condition_expression("attribute_not_exists(erasure)")
            .expression_attribute_values(":id", text(id))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unreadable)?;
        let writes =
            [TransactWriteItem::builder().put(receipt).build(), TransactWriteItem::builder().update(tombstone).build()];
        match self.transact(writes, "begin erasure").await? {
            Ok(()) => Ok(id.clone()),
            Err(refused) => ErasureId::parse(text_of(&refused.item()?, TOMBSTONE)).map_err(unreadable),
        }
    }

    /// Refused while this user is being erased. What was written a moment ago may be missed: an erasure waits for
    /// much longer before it deletes.
    pub async fn check_not_erased(&self, owner: &UserId) -> Result<()> {
        let get = self.get(&keys::user(owner), keys::PROFILE).await?.consistent_read(false);
        let reply = get.projection_expression(TOMBSTONE).send().await;
        let reply = reply.map_err(fault::during("look for an erasure"))?;
        if text_of(&reply.item.unwrap_or_default(), TOMBSTONE).is_empty() { Ok(()) } else { Err(being_erased()) }
    }

    pub async fn erasure(&self, id: &ErasureId, now: Timestamp) -> Result<Option<Erasure<KindCounts>>> {
        let item: Option<ErasureItem> = self.entry(ERASURES, id.as_str(), now, "get erasure").await?;
        Ok(item.map(Erasure::from))
    }

    /// Those that are due, the longest due first.
    pub async fn due_erasures(&self, now: Timestamp) -> Result<Vec<ErasureId>> {
        let query = self
            .query(ERASURES)
            .await?
            .index_name(BY_ACTIVITY)
            .key_condition_expression("pk = :pk AND active <= :now")
            .expression_attribute_values(":now", text(due(now)))
            .projection_expression(SK);
        let items = all_pages(query, "list erasures").await?;
        items.iter().map(|item| ErasureId::parse(text_of(item, SK)).map_err(unreadable)).collect()
    }

    /// For this worker alone until then. None when another one has it, or it is not due any more.
    pub async fn take_erasure(
        &self,
        id: &ErasureId,
        worker: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ErasureWork>> {
        let update = self
            .update(ERASURES, id.as_str())
            .await?
            .update_expression("SET worker = :worker, leased_until = :until")
            .condition_expression(
                "active <= :due AND (attribute_not_exists(leased_until) OR leased_until < :now OR worker = :worker)",
            )
            .set_expression_attribute_values(values([
                (":worker", text(worker)),
                (":until", number(until.millis())),
                (":due", text(due(now))),
                (":now", number(now.millis())),
            ]))
            .return_values(ReturnValue::AllNew);
        let Ok(reply) = conditional(update.send().await, "take erasure")? else { return Ok(None) };
        let item: ErasureItem = read_item(reply.attributes.unwrap_or_default())?;
        let user = item.user.clone().ok_or_else(|| unreadable("an open erasure without a user"))?;
        Ok(Some(ErasureWork { item, worker: worker.to_owned(), user }))
    }

    /// Writes down how far it is, and holds on to it until then.
    pub async fn keep_erasure(&self, work: &mut ErasureWork, until: Timestamp) -> Result<()> {
        work.item.leased_until = Some(until.millis());
        self.write_erasure(work).await
    }

    /// Lets go of it until then.
    pub async fn put_off_erasure(&self, mut work: ErasureWork, stage: Stage, until: Timestamp) -> Result<()> {
        work.item.stage = stage;
        work.item.due_at = until.millis();
        work.item.active = Some(due(until));
        work.item.leased_until = None;
        self.write_erasure(&work).await
    }

    /// Nothing is left: forgets whose it was, and takes the tombstone. Both, or none.
    pub async fn end_erasure(&self, mut work: ErasureWork, now: Timestamp) -> Result<()> {
        work.count([(Kind::Profile, 1)].into());
        let item = ErasureItem {
            user: None,
            stage: Stage::Done,
            active: None,
            worker: None,
            leased_until: None,
            finished_at: Some(now.millis()),
            expires_at: Some(now.plus(RECEIPT_TTL).seconds()),
            ..work.item.clone()
        };
        let receipt = self
            .transact_put(&item)?
            .condition_expression("worker = :worker")
            .expression_attribute_values(":worker", text(&work.worker))
            .build()
            .map_err(unreadable)?;
        let tombstone = self
            .transact_delete(&keys::user(&work.user), keys::PROFILE)
            .condition_expression("erasure = :id")
            .expression_attribute_values(":id", text(work.id()))
            .build()
            .map_err(unreadable)?;
        let writes =
            [TransactWriteItem::builder().put(receipt).build(), TransactWriteItem::builder().delete(tombstone).build()];
        // Refused when another worker has ended it, or our own first try has, whose reply was lost.
        self.transact(writes, "end erasure").await.map(|_| ())
    }

    /// Refused when another worker has taken it over.
    async fn write_erasure(&self, work: &ErasureWork) -> Result<()> {
        let put = self
            .put(&work.item)
            .await?
            .condition_expression("worker = :worker")
            .expression_attribute_values(":worker", text(&work.worker));
        let kept = conditional(put.send().await, "keep erasure")?;
        kept.map(|_| ()).map_err(|_| Error::unavailable("erasure").because("another worker has it now"))
    }
}

impl From<ErasureItem> for Erasure<KindCounts> {
    fn from(item: ErasureItem) -> Self {
        Self {
            id: item.sk,
            stage: item.stage,
            created_at: Timestamp::from_millis(item.created_at),
            due_at: Timestamp::from_millis(item.due_at),
            finished_at: item.finished_at.map(Timestamp::from_millis),
            erased: item.erased,
        }
    }
}

/// So padded, texts compare as times do.
fn due(at: Timestamp) -> String {
    format!("{:015}", at.millis())
}

pub(super) fn being_erased() -> Error {
    Error::new(codes::BEING_ERASED, "This account is being erased. You may sign in anew when that is done.")
}
