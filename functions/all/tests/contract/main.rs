//! The contract: what it says is what the code does, and its readers can use it.

mod document;
mod examples;
#[path = "../compat/issuer.rs"]
#[allow(dead_code, reason = "examples need a provider that is well")]
mod issuer;
mod page;
#[path = "../deploy/places.rs"]
#[allow(dead_code, reason = "the contract needs the routes only")]
mod places;
mod promises;
#[path = "../compat/signing_key.rs"]
#[allow(dead_code, reason = "an issuer's own")]
mod signing_key;
