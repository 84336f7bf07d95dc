//! The application: a question becomes a turn, the turn a log, the log an answer.

mod beginning;
mod close;
mod consultant;
mod decide;
mod erase;
mod feed;
mod files;
mod fingerprint;
mod follow;
mod live;
mod prompt;
mod random;
mod record_size;
mod regenerate;
mod reread;
mod scribe;
mod start;
mod steps;
mod turn;

pub use consultant::{Ask, Asked, ClientContext, Consultant, Target, TurnView};
pub use decide::Decided;
pub use follow::Follower;
pub use live::Live;
