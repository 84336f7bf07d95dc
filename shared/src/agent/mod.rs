//! The application: a question becomes a turn, the turn a log, the log an answer.

mod again;
mod beginning;
mod bounds;
mod consultant;
mod decide;
mod echo;
mod erase;
mod feed;
mod files;
mod follow;
mod live;
mod prompt;
mod random;
mod reread;
mod scribe;
mod settle;
mod start;
mod steps;
mod turn;

pub use consultant::{Ask, Asked, Consultant, Place, Told, TurnView};
pub use decide::Decided;
pub use follow::Follower;
pub use live::Live;
