//! The edge: the only place that says axum, status, header. A handler extracts, parses, loads, acts, answers.

mod caller;
mod deadline;
mod extract;
mod layers;
mod page;
mod problem;
mod stream;
mod turn_reply;

pub use caller::Caller;
pub use deadline::HostDeadline;
pub use extract::{IdempotencyKey, Json, Path, Query, Wanted};
pub use layers::layers;
pub use page::{Page, PageReply};
pub use stream::stream;
pub use turn_reply::TurnReply;
