//! The contract of the whole set: what `functions/health/openapi.json` holds (`make openapi`).

use serde_json::Value;
use shared::http::contract::Contract;

pub fn document() -> Value {
    let parts = crate::contracts().into_iter().map(|(_, part)| part);
    parts.fold(Contract::default(), Contract::and).document(env!("CARGO_PKG_VERSION"))
}
