//! Nouns: pure, no async, no clock, no I/O.

mod day;
mod erasure;
mod event;
mod file;
mod hosted;
mod id;
mod login;
mod message;
mod options;
mod position;
mod request;
mod schema;
mod session;
mod tally;
mod time;
mod tokens;
mod transcript;
mod turn;
mod usage;
mod user;
mod uuid;
mod wait;

pub use day::Day;
pub use erasure::{Erasure, Stage};
pub use event::{BlockId, Ending, ModelEvent, StopReason, TextKind, TurnEvent};
pub use file::MadeFile;
pub use hosted::{Container, HostedKind, HostedTool, RequireApproval, UserLocation};
pub use id::{CallId, ContainerId, ErasureId, FileId, Id, KeyId, LoginId, MessageId, SessionId, TurnId, UserId, kind};
pub use login::{ApiKey, Login};
pub use message::{
    Citation, Media, MediaContent, Message, Part, PromptMessage, Role, Runner, ToolCall, ToolOutcome, ToolSpec,
};
pub use options::{Effort, Options, whole_number};
pub use position::{Entry, Position, merge};
pub use request::{Decision, Decisions, Interjection, NewInput, Regenerate, Request};
pub use session::{Change, Metadata, OpenTurn, Session, SessionChange, SystemPrompt, Title};
pub use tally::{Spent, UsageSum, UsageTally};
pub use time::Timestamp;
pub use tokens::{estimated_tokens, least_tokens};
pub use transcript::Transcript;
pub use turn::{Head, ModelRef, Question, Status};
pub use usage::{Cost, Price, Usage};
pub use user::{Identity, Profile};
pub use wait::{CallRef, Need, Wait, Waits};
