//! Means to reach others: an HTTP client, a reader of event streams.

mod http_client;
mod sse;

#[cfg(feature = "testing")]
pub(crate) use http_client::builder as http_client_builder;
pub(crate) use http_client::http_client;
pub(crate) use sse::{SseEvent, SseReader};
