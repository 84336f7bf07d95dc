//! What a user's turns have used up: one item for each day and model, moved only by the write that closes a turn.

use aws_sdk_dynamodb::types::Update;
use serde::Deserialize;

use crate::domain::{Cost, Day, ModelRef, Spent, UsageSum, UserId};
use crate::error::Result;

use super::attributes::{number, text, values};
use super::kinds::read_item;
use super::requests::all_pages;
use super::{Store, keys, unreadable};

/// What one turn adds, and where.
#[derive(Clone, Debug)]
pub struct Used {
    pub day: Day,
    pub model: ModelRef,
    pub spent: Spent,
}

/// What was used up on a day with a model.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageRow {
    pub day: Day,
    pub model: ModelRef,
    pub sum: UsageSum,
}

#[derive(Deserialize)]
struct UsageItem {
    sk: String,
    model: ModelRef,
    turns: u64,
    input_tokens: u64,
    cached_tokens: u64,
    output_tokens: u64,
    reasoning_tokens: u64,
    estimated_turns: u64,
    unpriced_turns: u64,
    /// In pico-USD.
    cost: u64,
}

impl Store {
    /// The owner's rows of these days, both ends included, by day and model.
    pub async fn usage(&self, owner: &UserId, from: Day, to: Day) -> Result<Vec<UsageRow>> {
        let query = self
            .query(&keys::user(owner))
            .await?
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":first", text(keys::usage_of_day(from)))
            // `~` is behind every model of the last day.
            .expression_attribute_values(":last", text(keys::usage_of_day(to) + "~"));
        let items = all_pages(query, "read usage").await?;
        items.into_iter().map(|item| read_item::<UsageItem>(item)?.into_row()).collect()
    }

    /// Adds a turn to its row. Adding is not idempotent: it may stand only beside a write that happens once.
    pub(super) fn count(&self, owner: &UserId, used: &Used) -> Result<Update> {
        let sum = UsageSum::of(&used.spent);
        let add = "SET model = :model ADD turns :turns, input_tokens :input, cached_tokens :cached, \
                   output_tokens :output, reasoning_tokens :reasoning, estimated_turns :estimated, \
                   unpriced_turns :unpriced, cost :cost";
        self.transact_update(&keys::user(owner), &keys::usage(used.day, &used.model))
            .update_expression(add)
            .set_expression_attribute_values(values([
                (":model", text(&used.model)),
                (":turns", number(sum.turns)),
                (":input", number(sum.input_tokens)),
                (":cached", number(sum.cached_tokens)),
                (":output", number(sum.output_tokens)),
                (":reasoning", number(sum.reasoning_tokens)),
                (":estimated", number(sum.estimated_turns)),
                (":unpriced", number(sum.unpriced_turns)),
                (":cost", number(sum.priced.pico_usd())),
            ]))
            .build()
            .map_err(unreadable)
    }
}

impl UsageItem {
    fn into_row(self) -> Result<UsageRow> {
        let day = keys::day_of_usage(&self.sk).ok_or_else(|| unreadable("a usage item without a day"))?;
        let sum = UsageSum {
            turns: self.turns,
            input_tokens: self.input_tokens,
            cached_tokens: self.cached_tokens,
            output_tokens: self.output_tokens,
            reasoning_tokens: self.reasoning_tokens,
            estimated_turns: self.estimated_turns,
            unpriced_turns: self.unpriced_turns,
            priced: Cost::from_pico_usd(self.cost),
        };
        Ok(UsageRow { day, model: self.model, sum })
    }
}
