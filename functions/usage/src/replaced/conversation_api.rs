//! `GET /api/v1/usage/stats`: all that a user has ever used, in one line.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shared::app::App;
use shared::domain::{Day, Timestamp, UsageSum};
use shared::error::Result;
use shared::http::Caller;
use shared::http::contract::{self, Contract, tag};
use utoipa::ToSchema;

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/v1/usage/stats", get(stats))
}

pub(super) fn contract() -> Contract {
    let stats = [contract::get("/api/v1/usage/stats", "getUsageStats", "Get the user's total usage")
        .gives::<StatsReply>(200, "All usage so far.")];
    Contract::of(tag::CONVERSATION_API, stats)
}

#[derive(Serialize, ToSchema)]
#[schema(as = UsageStats)]
struct StatsReply {
    total_conversations: usize,
    /// Each answer and its question, those of deleted conversations as well.
    total_messages: u64,
    total_tokens: u64,
    /// A number, as these clients know it; `GET /usage` is exact.
    cost_estimate_usd: f64,
    models_used: BTreeSet<String>,
}

async fn stats(State(app): State<App>, caller: Caller) -> Result<Json<StatsReply>> {
    let first = Day::of(Timestamp::from_millis(0));
    let rows = app.store.usage(&caller.user, first, Day::of(Timestamp::now())).await?;
    let sum = rows.iter().fold(UsageSum::default(), |sum, row| sum.plus(row.sum));
    Ok(Json(StatsReply {
        total_conversations: app.store.count_sessions(&caller.user).await?,
        total_messages: sum.turns.saturating_mul(2),
        total_tokens: sum.input_tokens.saturating_add(sum.output_tokens),
        cost_estimate_usd: sum.priced.to_string().parse().unwrap_or_default(),
        models_used: rows.iter().map(|row| row.model.to_string()).collect(),
    }))
}
