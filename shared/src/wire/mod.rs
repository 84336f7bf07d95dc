//! Our events in a client's language: one file for each dialect. Pure: no HTTP, no clock.

pub mod agui;
mod answer;
pub mod anthropic;
mod baid;
mod calls;
pub mod completions;
pub mod conversation_api;
mod conversation_parser;
mod plain;
pub mod responses;
pub mod ui;

use crate::domain::{Entry, Head, ModelEvent, Position, TextKind, TurnEvent};
use crate::error::{Error, Result, codes};

pub use answer::Answer;
pub use conversation_parser::{ConversationParser, ParsedConversation};

/// One piece of a client's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A server-sent event.
    Event { name: Option<&'static str>, data: String },
    /// Bare text.
    Text(String),
}

/// Turns the entries of a log into frames; may remember what it needs (numbers of blocks, half a word).
pub trait Encoder: Send {
    fn encode(&mut self, entry: &Entry, out: &mut Vec<Frame>);

    /// Whether the client has heard its last event, though its turn may go on.
    fn is_over(&self) -> bool {
        false
    }
}

/// How one client receives one answer.
pub struct Encoding {
    pub dialect: Dialect,
    pub encoder: Box<dyn Encoder>,
    /// Where the client's answer begins: a turn that goes on after a pause is another answer to clients that know no
    /// turns. They receive nothing of what was said before.
    pub opens_at: Position,
}

impl From<Dialect> for Encoding {
    fn from(dialect: Dialect) -> Self {
        Self { dialect, encoder: dialect.encoder(), opens_at: 0 }
    }
}

/// What carries the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Server-sent events, each with its position as `id`.
    Sse,
    /// Server-sent events for clients that know no `id` lines.
    Data,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Vercel AI SDK, UI message stream.
    Ui,
    /// Anthropic Messages.
    Anthropic,
    /// `OpenAI` Chat Completions.
    Completions,
    /// `OpenAI` Responses.
    Responses,
    /// The same for the browser of `OpenAI`'s starter app.
    Starter,
    /// AG-UI.
    Agui,
    /// BAID's plug-in of May 2025: words on `data` lines.
    Baid,
    /// The same since June 2025: blocks of Markdown, each as JSON.
    Blocks,
    /// Bare text, a whole word at a time.
    Words,
    /// Bare text, as the model says it.
    Chunks,
}

impl Dialect {
    pub const ALL: [Self; 10] = [
        Self::Ui,
        Self::Anthropic,
        Self::Completions,
        Self::Responses,
        Self::Starter,
        Self::Agui,
        Self::Baid,
        Self::Blocks,
        Self::Words,
        Self::Chunks,
    ];

    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::new(codes::UNKNOWN_DIALECT, format!("There is no such dialect. There is: {names}."))
        })
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ui => "ui",
            Self::Anthropic => "anthropic",
            Self::Completions => "completions",
            Self::Responses => "responses",
            Self::Starter => "starter",
            Self::Agui => "agui",
            Self::Baid => "baid",
            Self::Blocks => "blocks",
            Self::Words => "words",
            Self::Chunks => "chunks",
        }
    }

    pub const fn carrier(self) -> Carrier {
        match self {
            Self::Ui | Self::Anthropic | Self::Completions | Self::Agui => Carrier::Sse,
            Self::Responses | Self::Starter | Self::Baid | Self::Blocks => Carrier::Data,
            Self::Words | Self::Chunks => Carrier::Text,
        }
    }

    /// What is said when nothing is, if the client can leave it out.
    pub const fn heartbeat(self) -> Option<&'static str> {
        match (self, self.carrier()) {
            (Self::Anthropic, _) => Some("event: ping\ndata: {\"type\":\"ping\"}\n\n"),
            (_, Carrier::Sse | Carrier::Data) => Some(": keep-alive\n\n"),
            (_, Carrier::Text) => None,
        }
    }

    pub fn encoder(self) -> Box<dyn Encoder> {
        match self {
            Self::Ui => Box::<ui::Ui>::default(),
            Self::Anthropic => Box::<anthropic::AnthropicEncoder>::default(),
            Self::Completions => Box::<completions::Completions>::default(),
            Self::Responses => Box::<responses::Responses>::default(),
            Self::Starter => Box::<responses::Starter>::default(),
            Self::Agui => Box::<agui::Agui>::default(),
            Self::Baid => Box::<baid::BaidLines>::default(),
            Self::Blocks => Box::<baid::Blocks>::default(),
            Self::Words => Box::<plain::Words>::default(),
            Self::Chunks => Box::new(plain::Chunks),
        }
    }
}

impl Encoding {
    /// Of a turn that is read again: some clients hear what they have said of it, and their own names for it.
    pub fn replaying(dialect: Dialect, head: &Head) -> Self {
        let encoder: Box<dyn Encoder> = match dialect {
            Dialect::Agui => Box::new(agui::Agui::replaying(head)),
            Dialect::Responses => Box::new(responses::Responses::new(0, responses::ClientFields::of(head, 0))),
            dialect => dialect.encoder(),
        };
        Self { dialect, encoder, opens_at: 0 }
    }
}

fn answer_text(event: &TurnEvent) -> Option<&str> {
    match event {
        TurnEvent::Model(ModelEvent::TextDelta { kind: TextKind::Answer, text, .. }) => Some(text),
        _ => None,
    }
}

/// What stands behind an answer that did not come to its end, where a dialect has nothing but text for it.
fn last_words(event: &TurnEvent) -> Option<&str> {
    match event {
        TurnEvent::Waiting { .. } => Some("The answer waits for you."),
        event => event.ending().and_then(cut_short),
    }
}

/// What a reader sees when a turn was cut short, in every dialect.
fn cut_short(ending: &crate::domain::Ending) -> Option<&str> {
    use crate::domain::Ending;
    match ending {
        Ending::Completed { .. } => None,
        Ending::Failed { detail, .. } => Some(detail),
        Ending::Cancelled => Some("The answer was cancelled."),
        Ending::Interrupted => Some("The answer was interrupted. What had been said is kept."),
    }
}
