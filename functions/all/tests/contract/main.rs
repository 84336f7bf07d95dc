//! The contract: what it says is what the code does, and its readers can use it.

mod document;
mod page;
#[path = "../deploy/places.rs"]
#[allow(dead_code, reason = "the contract needs the routes only")]
mod places;
mod promises;
