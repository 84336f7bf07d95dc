//! Means to reach others: an HTTP client, a reader of event streams.

mod http_client;
mod sse;

pub(crate) use http_client::http_client;
pub(crate) use sse::{SseEvent, SseReader};
