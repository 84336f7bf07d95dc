//! Lines: one JSON object for each event, on stdout, where every host collects it.

use std::fmt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::TelemetryConfig;
use crate::domain::Timestamp;

use super::fields::LogFields;
use super::{RECORDS, Trace, emf};

pub(super) struct LogLines {
    /// The name that its host has for this process.
    function: Option<String>,
    /// Whether Google reads them, and by which name.
    severity: bool,
    /// Whether lines are metrics, too.
    emf: bool,
    /// Targets whose content is known to be no user's.
    ours: Vec<&'static str>,
}

impl LogLines {
    pub(super) fn new(config: &TelemetryConfig, ours: Vec<&'static str>) -> Self {
        Self { function: config.function.clone(), severity: config.on_cloud_run, emf: config.on_lambda, ours }
    }

    fn is_ours(&self, target: &str) -> bool {
        let name = target.split("::").next().unwrap_or(target);
        self.ours.contains(&name)
    }

    fn line(&self, event: &Event<'_>) -> String {
        let (now, about) = (Timestamp::now(), event.metadata());
        let target = about.target();
        let is_record = RECORDS.contains(&target);
        let mut line = LogFields::new(self.is_ours(target));
        line.add("timestamp", &now.to_string());
        line.add("level", about.level().as_str());
        if self.severity {
            line.add("severity", severity(*about.level()));
        }
        line.add("target", target);
        if is_record {
            line.add("message", target);
        }
        event.record(&mut line);
        line.add_ids();
        if let Some(function) = &self.function {
            line.add("function", function);
        }
        if self.emf {
            emf::add(&mut line, about, now);
        }
        line.finish()
    }
}

/// <https://cloud.google.com/logging/docs/structured-logging>
fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        _ => "DEBUG",
    }
}

impl LogFields {
    /// What it belongs to.
    fn add_ids(&mut self) {
        let Some(work) = Trace::current() else { return };
        self.add("request_id", work.request_id());
        self.add("trace_id", work.trace_id());
        if let Some(user) = work.user() {
            self.add("user", user);
        }
        let Some((turn, session)) = work.turn() else { return };
        // A line may name a turn by itself.
        if !self.has("turn") {
            self.add("turn", turn);
        }
        self.add("session", session);
    }
}

impl<S, N> FormatEvent<S, N> for LogLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        writeln!(writer, "{}", self.line(event))
    }
}
