//! The contract of the whole set: what `functions/health/openapi.json` holds (`make openapi`).

use serde_json::Value;

/// The parts in the order in which a reader wants them.
pub fn document() -> Value {
    consult::contract()
        .and(turns::contract())
        .and(sessions::contract())
        .and(history::contract())
        .and(models::contract())
        .and(tools::contract())
        .and(files::contract())
        .and(usage::contract())
        .and(account::contract())
        .and(export::contract())
        .and(erase::contract())
        .and(login::contract())
        .and(callback::contract())
        .and(health::contract())
        .document(env!("CARGO_PKG_VERSION"))
}
