//! A turn that this process writes: what its writer, its scribe and its steps share.

use std::sync::Arc;
use std::time::SystemTime;

use crate::config::AgentConfig;
use crate::domain::{Ending, Head, ModelRef, Price, UserId, Wait};
use crate::error::Error;
use crate::llm::Chosen;
use crate::store::Store;
use crate::telemetry;
use crate::tools::Toolbox;

use super::feed::Feed;
use super::fingerprint::Fingerprint;
use super::live::Live;

pub(super) struct Turn {
    pub(super) owner: UserId,
    pub(super) head: Head,
    /// The name of this writer; a turn that was paused has had another before.
    pub(super) writer: String,
    pub(super) chosen: Chosen,
    /// What is known of prices at this moment.
    pub(super) prices: fn(&ModelRef) -> Option<Price>,
    pub(super) toolbox: Toolbox,
    pub(super) config: AgentConfig,
    pub(super) store: Store,
    pub(super) live: Live,
    pub(super) feed: Arc<Feed>,
    pub(super) deadline: Option<SystemTime>,
    /// By what the conversation is recognised up to the question, if its client names no session.
    pub(super) fingerprint: Option<Fingerprint>,
}

/// How the loop came to its end, for now or for good.
pub(super) enum TurnOutcome {
    Ended(Ending),
    Paused(Vec<Wait>),
}

pub(super) fn failed(error: &Error) -> Ending {
    telemetry::note(error);
    let retry_after = error.wait().map(|wait| wait.as_secs().max(1));
    Ending::Failed { code: error.code().to_string(), detail: error.public().to_owned(), retry_after }
}
