//! What we tell of ourselves: one record a request, a turn, a model call and a tool call, and a line for whatever else
//! happened. Lines, metrics and spans are views of these records. `docs/LOGGING.md` lists them.
//!
//! Nothing here ever holds what somebody has said, or what proves who somebody is.

mod call;
mod counts;
mod emf;
mod export;
mod fields;
mod ids;
mod label;
mod lines;
mod meter;
mod request;
mod spans;
mod tool;
mod trace;
mod turn;
mod views;

use std::panic::PanicHookInfo;

use serde::Serialize;
use serde_json::Value;
use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::TelemetryConfig;

pub use call::ModelCallRecord;
pub use counts::{count_fallback, count_retry};
pub use export::flush;
pub use meter::metrics;
pub use request::{Ended, tell_request};
pub use tool::ToolCallRecord;
pub use trace::{Trace, carried, note};
pub use turn::{TurnRecord, tell_turn};

use lines::LogLines;
use views::view;

/// What every process of ours may log, beside its own crates. Other crates log warnings only.
const OURS: [&str; 2] = ["shared", "panic"];

/// The records. Their target is their name.
const RECORDS: [&str; 4] = ["request", "turn", "model_call", "tool_call"];

/// Starts telling, as configured, of the process with these crates of functions. A second call changes nothing.
pub fn init(config: &TelemetryConfig, functions: &[&'static str]) {
    let level = config.log_level.parse().unwrap_or(LevelFilter::INFO);
    let ours: Vec<_> = OURS.into_iter().chain(RECORDS).chain(functions.iter().copied()).collect();
    let targets = ours.iter().map(|name| (*name, level));
    let targets = Targets::new().with_default(level.min(Level::WARN.into())).with_targets(targets);
    let lines = fmt::layer().event_format(LogLines::new(config, ours)).with_filter(targets);
    let counted = config.metrics_address.map(|_| view(meter::count));
    let traced = config.otlp.as_ref().map(|_| view(trace_record));
    if tracing_subscriber::registry().with(lines).with(counted).with(traced).try_init().is_err() {
        return;
    }
    std::panic::set_hook(Box::new(log_panic));
    if let Some(Err(error)) = config.otlp.as_ref().map(export::start) {
        tracing::error!(%error, "spans cannot be sent");
    }
}

fn trace_record(record: &'static str, fields: &Value) {
    let span = Trace::current().and_then(|work| spans::span(record, fields, &work));
    span.into_iter().for_each(export::send);
}

/// Where, and why only if the words stand in our source: a formatted message may quote what a user
/// wrote.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let words = panic.payload().downcast_ref::<&'static str>();
    tracing::error!(target: "panic", place, words, "panicked");
}

/// One event, at a level that is known only now.
macro_rules! tell {
    ($level:expr, $($record:tt)*) => {
        match $level {
            tracing::Level::ERROR => tracing::error!($($record)*),
            tracing::Level::WARN => tracing::warn!($($record)*),
            tracing::Level::INFO => tracing::info!($($record)*),
            _ => tracing::debug!($($record)*),
        }
    };
}
use tell;

/// A name as it stands on the wire.
fn word(name: impl Serialize) -> Option<String> {
    serde_json::to_value(name).ok()?.as_str().map(str::to_owned)
}
