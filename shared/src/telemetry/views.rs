//! Records as metrics and as spans: a layer for each, where it was asked for.

use serde_json::Value;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::RECORDS;
use super::fields::LogFields;

/// Looks at each record, by its name.
struct View<F>(F);

/// At every level: what is printed is another question.
pub(super) fn view<S, F>(look: F) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    F: Fn(&'static str, &Value) + Send + Sync + 'static,
{
    View(look).with_filter(Targets::new().with_targets(RECORDS.map(|record| (record, Level::DEBUG))))
}

impl<S: Subscriber, F: Fn(&'static str, &Value) + 'static> Layer<S> for View<F> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = LogFields::new(true);
        event.record(&mut fields);
        if let Ok(fields) = serde_json::from_str(&fields.finish()) {
            self.0(event.metadata().target(), &fields);
        }
    }
}
