//! Records as counters and histograms, in Prometheus' text format:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Seconds.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Every metric, and what it is.
const FAMILIES: [(&str, &str, &str); 12] = [
    ("counsel_fallbacks_total", "counter", "How often another model was asked instead."),
    ("counsel_first_token_seconds", "histogram", "From a question to the first sign of an answer."),
    ("counsel_http_request_duration_seconds", "histogram", "From a request to the end of its answer."),
    ("counsel_http_requests_total", "counter", "Requests that were answered."),
    ("counsel_model_call_duration_seconds", "histogram", "From a call of a model to its end."),
    ("counsel_model_calls_total", "counter", "Calls of models."),
    ("counsel_retries_total", "counter", "How often the same model was asked again."),
    ("counsel_tokens_total", "counter", "Tokens of ended turns; cached ones are also input, reasoning also output."),
    ("counsel_tool_calls_total", "counter", "Calls of tools."),
    ("counsel_turn_cost_usd_total", "counter", "What ended turns have cost, where prices are known."),
    ("counsel_turn_duration_seconds", "histogram", "From a question to the end of its answer."),
    ("counsel_turns_total", "counter", "Turns that have ended, or began to wait for somebody."),
];

static SERIES: Mutex<BTreeMap<(&'static str, String), Series>> = Mutex::new(BTreeMap::new());

#[derive(Default)]
struct Series {
    sum: f64,
    count: u64,
    /// How many were in each bucket, those of the smaller ones not included.
    buckets: [u64; BUCKETS.len()],
}

/// Counts a record.
pub(super) fn count(record: &str, fields: &Value) {
    match record {
        "request" => {
            add("counsel_http_requests_total", &labels(fields, &["method", "route", "status"]), 1.0);
            time(
                "counsel_http_request_duration_seconds",
                &labels(fields, &["method", "route"]),
                &fields["duration_ms"],
            );
        }
        "turn" => count_turn(fields),
        "model_call" => {
            add("counsel_model_calls_total", &labels(fields, &["provider", "ended"]), 1.0);
            time("counsel_model_call_duration_seconds", &labels(fields, &["provider"]), &fields["duration_ms"]);
        }
        _ => add("counsel_tool_calls_total", &labels(fields, &["tool", "failed"]), 1.0),
    }
}

fn count_turn(fields: &Value) {
    let model = label("model", &fields["model_label"]);
    add("counsel_turns_total", &format!("{model},{}", label("status", &fields["status"])), 1.0);
    // It will go on, and tell all of it again.
    if fields["status"] == "waiting" {
        return;
    }
    time("counsel_turn_duration_seconds", &model, &fields["duration_ms"]);
    time("counsel_first_token_seconds", &model, &fields["first_token_ms"]);
    for kind in ["input", "cached", "output", "reasoning"] {
        let kind_label = label("kind", &kind.into());
        add_if("counsel_tokens_total", &format!("{model},{kind_label}"), &fields[format!("{kind}_tokens")]);
    }
    add_if("counsel_turn_cost_usd_total", &model, &fields["cost_usd"]);
    add_if("counsel_retries_total", &model, &fields["retries"]);
    add_if("counsel_fallbacks_total", &model, &fields["fallbacks"]);
}

fn add_if(family: &'static str, labels: &str, value: &Value) {
    if let Some(value) = value.as_f64() {
        add(family, labels, value);
    }
}

fn add(family: &'static str, labels: &str, value: f64) {
    with(family, labels, |series| series.sum += value);
}

fn time(family: &'static str, labels: &str, millis: &Value) {
    let Some(seconds) = millis.as_f64().map(|millis| millis / 1_000.0) else { return };
    with(family, labels, |series| {
        (series.sum, series.count) = (series.sum + seconds, series.count + 1);
        if let Some(bucket) = BUCKETS.iter().position(|most| seconds <= *most) {
            series.buckets[bucket] += 1;
        }
    });
}

fn with(family: &'static str, labels: &str, change: impl FnOnce(&mut Series)) {
    let mut all = SERIES.lock().unwrap_or_else(PoisonError::into_inner);
    change(all.entry((family, labels.to_owned())).or_default());
}

fn labels(fields: &Value, names: &[&str]) -> String {
    names.iter().map(|name| label(name, &fields[*name])).collect::<Vec<_>>().join(",")
}

fn label(name: &str, value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{text}\"")
}

/// All that was counted since this process began.
pub fn metrics() -> String {
    let all = SERIES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = String::new();
    for (family, kind, help) in FAMILIES {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {family} {help}\n# TYPE {family} {kind}");
        for ((_, labels), series) in all.iter().filter(|((name, _), _)| *name == family) {
            series.write(family, labels, kind == "histogram", &mut text);
        }
    }
    text
}

impl Series {
    fn write(&self, family: &str, labels: &str, is_histogram: bool, text: &mut String) {
        if !is_histogram {
            let _ = writeln!(text, "{family}{{{labels}}} {}", self.sum);
            return;
        }
        let mut below = 0;
        for (most, count) in BUCKETS.iter().zip(self.buckets) {
            below += count;
            let _ = writeln!(text, "{family}_bucket{{{labels},le=\"{most}\"}} {below}");
        }
        let _ = writeln!(text, "{family}_bucket{{{labels},le=\"+Inf\"}} {}", self.count);
        let _ = writeln!(text, "{family}_sum{{{labels}}} {}\n{family}_count{{{labels}}} {}", self.sum, self.count);
    }
}
