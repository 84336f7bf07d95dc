//! `GET /usage?from=2026-11-01&to=2026-11-30`: days in UTC, this month unless said otherwise.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::domain::{Cost, Day, ModelRef, Timestamp, UsageSum};
use shared::error::{Error, Result};
use shared::http::{Caller, Query};
use shared::store::UsageRow;
use utoipa::ToSchema;

const MAX_DAYS: u32 = 366;

#[derive(Deserialize)]
pub(crate) struct Span {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Usages)]
pub(crate) struct UsageReply {
    from: Day,
    to: Day,
    data: Vec<Row>,
    total: Sum,
}

#[derive(Serialize, ToSchema)]
#[schema(as = UsageOfDay)]
struct Row {
    day: Day,
    model: ModelRef,
    #[serde(flatten)]
    sum: Sum,
}

#[derive(Serialize, ToSchema)]
#[schema(as = UsageSum)]
struct Sum {
    turns: u64,
    input_tokens: u64,
    cached_tokens: u64,
    output_tokens: u64,
    reasoning_tokens: u64,
    estimated_turns: u64,
    /// A text, since it is exact; null when not one turn's price was known.
    #[schema(required)]
    cost_usd: Option<Cost>,
    unpriced_turns: u64,
}

pub(crate) async fn read(State(app): State<App>, caller: Caller, Query(span): Query<Span>) -> Result<Json<UsageReply>> {
    let (from, to) = span.days(Day::of(Timestamp::now()))?;
    let rows = app.store.usage(&caller.user, from, to).await?;
    let total = rows.iter().fold(UsageSum::default(), |total, row| total.plus(row.sum));
    let data = rows.into_iter().map(Row::from).collect();
    Ok(Json(UsageReply { from, to, data, total: total.into() }))
}

impl Span {
    fn days(&self, today: Day) -> Result<(Day, Day)> {
        let to = day("to", self.to.as_deref())?.unwrap_or(today);
        let from = day("from", self.from.as_deref())?.unwrap_or_else(|| to.first_of_month());
        match from.days_to(to) {
            Some(days) if days <= MAX_DAYS => Ok((from, to)),
            Some(_) => Err(Error::invalid("from", format!("At most {MAX_DAYS} days can be asked for at once."))),
            None => Err(Error::invalid("from", "from is a day after to.")),
        }
    }
}

fn day(field: &str, text: Option<&str>) -> Result<Option<Day>> {
    let parse = |text: &str| text.parse().map_err(|()| Error::invalid(field, format!("{field} is a day: 2026-11-21.")));
    text.map(parse).transpose()
}

impl From<UsageRow> for Row {
    fn from(UsageRow { day, model, sum }: UsageRow) -> Self {
        Self { day, model, sum: sum.into() }
    }
}

impl From<UsageSum> for Sum {
    fn from(sum: UsageSum) -> Self {
        Self {
            turns: sum.turns,
            input_tokens: sum.input_tokens,
            cached_tokens: sum.cached_tokens,
            output_tokens: sum.output_tokens,
            reasoning_tokens: sum.reasoning_tokens,
            estimated_turns: sum.estimated_turns,
            cost_usd: sum.cost(),
            unpriced_turns: sum.unpriced_turns,
        }
    }
}
