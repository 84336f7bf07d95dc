//! The record of a turn, made when it has ended or waits for somebody.

use tracing::Level;

use crate::domain::{Cost, ModelRef, Spent, Status, StopReason, Timestamp};
use crate::error::ErrorKind;

use super::counts::read;
use super::{Trace, label, tell, word};

pub struct TurnRecord<'a> {
    /// Who was asked, and who has answered.
    pub asked: &'a ModelRef,
    pub model: &'a ModelRef,
    pub status: Status,
    pub stop: Option<StopReason>,
    pub spent: Spent,
    pub began: Timestamp,
    /// Its writer was gone: another one has ended it.
    pub closed_for_writer: bool,
}

/// Of the turn at hand.
pub fn tell_turn(record: &TurnRecord<'_>) {
    let Some(work) = Trace::current() else { return };
    let TurnRecord { asked, model, status, stop, spent, began, closed_for_writer } = record;
    let failure = work.failure();
    let (usage, counts) = (spent.usage, work.counts());
    let level = match failure.as_ref().map(|failure| failure.kind) {
        Some(ErrorKind::Internal) => Level::ERROR,
        Some(_) => Level::WARN,
        None => Level::INFO,
    };
    let duration_ms = u64::try_from(Timestamp::now().since(*began).as_millis()).unwrap_or(u64::MAX);
    tell!(level, target: "turn",
        status = word(status),
        stop = stop.and_then(word),
        provider = model.provider,
        model = label::name(model),
        model_label = label::label(model, spent.first_heard_ms.is_some()),
        asked_model = label::name(asked),
        duration_ms,
        first_token_ms = spent.first_heard_ms,
        input_tokens = usage.input_tokens,
        cached_tokens = usage.cached_tokens,
        output_tokens = usage.output_tokens,
        reasoning_tokens = usage.reasoning_tokens,
        estimated = usage.estimated,
        cost_usd = spent.cost.map(Cost::usd),
        model_calls = read(&counts.model_calls),
        retries = read(&counts.retries),
        fallbacks = read(&counts.fallbacks),
        tool_calls = read(&counts.tool_calls),
        provider_request_id = counts.provider_request_id(),
        code = failure.as_ref().map(|failure| failure.code.as_str()),
        cause = failure.as_ref().and_then(|failure| failure.cause.as_deref()),
        closed_for_writer,
    );
}
