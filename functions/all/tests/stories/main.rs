//! Stories with actors against real processes: each promise meets the fault it was made for.

mod adapters;
mod cancel;
mod chat;
mod durable;
mod hosted;
mod interjections;
mod limits;
mod lists;
mod models;
mod overload;
#[path = "../deploy/places.rs"]
#[allow(dead_code, reason = "the stories need the routes only")]
mod places;
mod prompts;
mod provider;
mod raw;
mod resume;
mod retries;
mod rules;
mod signed_in;
mod storage;
mod strangers;
mod telemetry;
mod tools;
mod usage;
mod waiting;
