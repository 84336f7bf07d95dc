//! What `usage` serves, for the contract.

use serde_json::json;
use shared::http::contract::{Contract, Param, get};

use crate::conversation_api::StatsReply;
use crate::read::UsageReply;

pub fn contract() -> Contract {
    let day = || json!({ "type": "string", "format": "date" });
    let read = get("/usage", "readUsage", "Tokens and cost by day and model, and their total")
        .param(
            Param::query("from", "A day in UTC; the first of the month of `to` without.", &day()).example("2026-11-01"),
        )
        .param(
            Param::query("to", "The last day, at most 366 days in all; today without.", &day()).example("2026-11-30"),
        )
        .gives::<UsageReply>(200, "What was used up.")
        .refuses(["422"]);
    let stats =
        get("/api/v1/usage/stats", "readUsageStats", "All that I have ever used, in the Conversation API's words")
            .gives::<StatsReply>(200, "What was used up.");
    Contract::of("usage", "What answers have cost.", [read, stats])
}
