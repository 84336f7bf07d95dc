//! The application: a question becomes a turn, the turn a log, the log an answer.

mod ask;
mod beginning;
mod cancel;
mod check;
mod close;
mod consultant;
mod decide;
mod delete;
mod erase;
mod feed;
mod files;
mod fingerprint;
mod follow;
mod head;
mod history;
mod live;
mod prompt;
mod random;
mod read;
mod record_size;
mod regenerate;
mod scribe;
mod sessions;
mod start;
mod steps;
mod target;
mod turn;
mod writer;

pub use ask::{Ask, Asked, ClientContext, TurnView};
pub use check::check;
pub use consultant::Consultant;
pub use decide::Decided;
pub use follow::Follower;
pub use live::Live;
pub use target::Target;
