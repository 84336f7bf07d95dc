//! The edge: the only place that says axum, status, header. A handler extracts, parses, loads, acts, answers.

mod admission;
mod caller;
pub mod contract;
mod cookies;
mod deadline;
mod done_reply;
mod error_format;
mod extract;
mod fields;
mod layers;
mod page;
mod problem;
mod recorded_body;
mod redirect;
mod stream;
mod token_reply;
mod turn_reply;

pub use caller::{Caller, SignedInCaller};
pub use cookies::{Cookies, RefreshCookie};
pub use deadline::HostDeadline;
pub use done_reply::DoneReply;
pub use extract::{Conversation, IdempotencyKey, Json, Path, Preferred, Query, SessionHeader, Wanted};
pub use fields::Fields;
pub use layers::layers;
pub use page::{OffsetPage, Page, PageReply};
pub use redirect::{redirect, with_cookies};
pub use stream::{refusal, stream};
pub use token_reply::TokenReply;
pub use turn_reply::TurnReply;
