//! What every function shares. Imports only go down this table (`tests/floors.rs` holds it):
pub mod app;
pub mod runtime;
#[cfg(feature = "testing")]
pub mod testing;
