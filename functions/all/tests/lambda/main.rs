//! The function binaries as Lambda runs them: under (a fake of) its Runtime API, fed with the recorded events.

mod clock;
mod files;
mod function;
#[path = "../deploy/places.rs"]
#[allow(dead_code, reason = "only the events and the permissions are needed here")]
mod places;
mod provider;
mod recorded;
mod signed_in;
mod survives;
mod telemetry;
