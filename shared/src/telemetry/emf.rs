//! On Lambda a request's and a turn's line are metrics, too: `CloudWatch` reads them out of the log.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use serde_json::{Value, json};
use tracing::{Level, Metadata};

use crate::domain::Timestamp;

use super::fields::LogFields;

/// Where a record's numbers go.
struct Metrics {
    record: &'static str,
    namespace: &'static str,
    dimensions: &'static [&'static [&'static str]],
    /// Names and units of those that stand in the line.
    numbers: &'static [(&'static str, &'static str)],
}

/// How many there were, and how many of them went wrong: for every record.
const COUNTS: [(&str, &str); 2] = [("count", "Count"), ("errors", "Count")];

const METRICS: [Metrics; 2] = [
    Metrics {
        record: "request",
        namespace: "Counsel/Requests",
        dimensions: &[&["function"]],
        numbers: &[("duration_ms", "Milliseconds")],
    },
    Metrics {
        record: "turn",
        namespace: "Counsel/Turns",
        dimensions: &[&["function"], &["function", "model_label"]],
        numbers: &[
            ("duration_ms", "Milliseconds"),
            ("first_token_ms", "Milliseconds"),
            ("input_tokens", "Count"),
            ("output_tokens", "Count"),
            ("cost_usd", "None"),
        ],
    },
];

pub(super) fn add(line: &mut LogFields, about: &Metadata<'_>, now: Timestamp) {
    let Some(metrics) = METRICS.iter().find(|metrics| metrics.record == about.target()) else { return };
    // A turn that waits will go on, and tell all of it again.
    if line.says("status", "waiting") {
        return;
    }
    line.add("count", &1);
    line.add("errors", &u8::from(*about.level() <= Level::WARN));
    // Whatever is named here has to stand in the line, or the line is refused.
    let there = COUNTS.iter().chain(metrics.numbers).filter(|(name, _)| line.has(name));
    let numbers: Vec<Value> = there.map(|(name, unit)| json!({ "Name": name, "Unit": unit })).collect();
    let directive = json!({
        "Namespace": metrics.namespace, "Dimensions": metrics.dimensions, "Metrics": numbers,
    });
    line.add("_aws", &json!({ "Timestamp": now.millis(), "CloudWatchMetrics": [directive] }));
}
