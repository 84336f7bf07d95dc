//! What we tell of ourselves: one record a request, a turn, a model call and a tool call, and a line for whatever else
//! happened. Lines, metrics and spans are views of these records. `docs/LOGGING.md` lists them.
//!
//! Nothing here ever holds what somebody has said, or what proves who somebody is.

mod call;
mod counts;
mod emf;
mod fields;
mod ids;
mod label;
mod lines;
mod request;
mod tool;
mod trace;
mod turn;

use std::panic::PanicHookInfo;

use serde::Serialize;
use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::TelemetryConfig;

pub use call::ModelCall;
pub use counts::{count_fallback, count_retry};
pub use request::{Ended, tell_request};
pub use tool::ToolCall;
pub use trace::{Trace, carried, note};
pub use turn::{TurnRecord, tell_turn};

use lines::Lines;

/// Our own crates. Others speak up only when something is wrong.
const OURS: [&str; 17] = [
    "account", "all", "callback", "consult", "erase", "export", "files", "health", "history", "login", "models",
    "sessions", "shared", "tools", "turns", "usage", "panic",
];

/// The records. Their target is their name.
const RECORDS: [&str; 4] = ["request", "turn", "model_call", "tool_call"];

/// Starts telling, as configured. A second call changes nothing.
pub fn init(config: &TelemetryConfig) {
    let level = config.log_level.parse().unwrap_or(LevelFilter::INFO);
    let heard = OURS.into_iter().chain(RECORDS).map(|name| (name, level));
    let targets = Targets::new().with_default(level.min(Level::WARN.into())).with_targets(heard);
    let lines = fmt::layer().event_format(Lines::new(config)).with_filter(targets);
    if tracing_subscriber::registry().with(lines).try_init().is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
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
