//! What we print: one JSON object for each event, on stdout, where every host collects it.

use std::panic::PanicHookInfo;

use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Our own crates. Others speak up only when something is wrong.
const OURS: [&str; 17] = [
    "account", "all", "callback", "consult", "erase", "export", "files", "health", "history", "login", "models",
    "sessions", "shared", "tools", "turns", "usage", "panic",
];

/// Starts logging at `level` (`info` if that is no level). A second call changes nothing.
pub fn init(level: &str) {
    let level = level.parse().unwrap_or(LevelFilter::INFO);
    let targets = Targets::new().with_default(Level::WARN).with_targets(OURS.map(|name| (name, level)));
    let lines = fmt::layer().json().flatten_event(true).with_span_list(false);
    let started = tracing_subscriber::registry().with(lines.with_filter(targets)).try_init();
    if started.is_ok() {
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
