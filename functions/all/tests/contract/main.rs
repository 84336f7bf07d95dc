//! The contract: what it says is what the code does, and whoever reads it can.

mod document;
mod page;
#[path = "../deploy/places.rs"]
#[allow(dead_code, reason = "the contract needs the routes only")]
mod places;
mod promises;
