//! What every function shares. Imports only go down this table; `tests/floors.rs` holds it.
//!
//! | rank | modules | may know |
//! |---|---|---|
//! | 50 | `runtime` | everything below |
//! | 40 | `http` > `app` | the only place that says axum, status code, header |
//! | 30 | `agent` > `tools`; `access` | left may know right; `access` knows neither |
//! | 20 | `store`, `llm`, `identity` | not each other; the only places that say DynamoDB, a provider, a token |
//! | 12 | `telemetry` | what this process reports: lines, metrics, spans |
//! | 10 | `config` > `net`; `wire` | `wire` is pure |
//! | 0 | `domain` > `error`, `crypto` | nothing |

pub mod access;
pub mod agent;
pub mod app;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod error;
pub mod http;
pub mod identity;
pub mod llm;
pub mod net;
pub mod runtime;
pub mod store;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tools;
pub mod wire;
