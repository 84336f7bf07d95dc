//! What `usage` serves, for the contract.

use serde_json::json;
use shared::http::contract::tag::Tag;
use shared::http::contract::{Contract, Param, get};

use crate::read::UsageReply;
use crate::replaced;

pub fn contract() -> Contract {
    let day = json!({ "type": "string", "format": "date" });
    let from = Param::query("from", "The first day (UTC); by default the first of `to`'s month.", &day);
    let to = Param::query("to", "The last day, at most 366 days in all; by default today.", &day);
    let ours = [get("/usage", "getUsage", "Get tokens and costs by day and model")
        .param(from)
        .param(to)
        .gives::<UsageReply>(200, "The usage of these days, and its total.")
        .refuses(["422"])];
    Contract::of(Tag::new("usage", "Tokens and costs."), ours).and(replaced::contract())
}
