//! What a process tells: the lines that `docs/LOGGING.md` lists, and nothing of what anybody has said (promise X3).

mod listed;
mod secrets;
mod traced;

use serde_json::Value;
use shared::testing::{Server, poll};

/// The records of this kind that were told so far.
fn records(server: &Server, kind: &str) -> Vec<Value> {
    let lines = server.process.lines();
    let json = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    json.filter(|line| line["target"] == kind).collect()
}

/// The first one of a kind that is like this.
async fn record(server: &Server, kind: &str, like: impl Fn(&Value) -> bool) -> Value {
    poll(kind, async || records(server, kind).into_iter().find(|record| like(record))).await
}
