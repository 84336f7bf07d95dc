//! Nouns: pure, no async, no clock, no I/O.

mod event;
mod id;
mod login;
mod message;
mod position;
mod session;
mod time;
mod transcript;
mod turn;
mod user;
mod wait;

pub use event::{BlockId, Ending, ModelEvent, StopReason, TextKind, TurnEvent, Usage};
pub use id::{CallId, Id, KeyId, LoginId, MessageId, SessionId, TurnId, UserId, kind};
pub use login::{ApiKey, Login};
pub use message::{Citation, Media, MediaContent, Message, Part, Role, Runner, ToolCall, ToolOutcome, ToolSpec};
pub use position::{Entry, Position, merge};
pub use session::{OpenTurn, Session, Title};
pub use time::Timestamp;
pub use transcript::Transcript;
pub use turn::{Head, ModelRef, Question, Status};
pub use user::{Identity, Profile};
pub use wait::{Need, Wait, Waits};
