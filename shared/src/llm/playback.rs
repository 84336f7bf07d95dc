//! For tests: a recording read by a parser, and what came of it as lines that a test can be written in.

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt};

use crate::domain::{Citation, ModelEvent, Runner, StopReason, TextKind, ToolCall, ToolOutcome, Usage};
use crate::error::{Error, Result};
use crate::net::SseEvent;

use super::pump::{self, Broken, Parser};

/// What the pump and a parser make of these bytes, and how it ended.
pub(super) fn play(parser: impl Parser<Frame = SseEvent>, recording: &[u8]) -> (Vec<ModelEvent>, Result<()>) {
    pumped(pump::drive(pump::sse(bytes(recording)), parser))
}

/// The same of bytes that have one event a line.
pub(super) fn play_lines(parser: impl Parser<Frame = SseEvent>, recording: &str) -> (Vec<ModelEvent>, Result<()>) {
    pumped(pump::drive(pump::lines(bytes(recording.as_bytes())), parser))
}

fn bytes(recording: &[u8]) -> impl Stream<Item = Result<Bytes, Broken>> + Send + 'static {
    stream::iter([Ok(Bytes::copy_from_slice(recording))])
}

fn pumped(events: BoxStream<'static, Result<ModelEvent>>) -> (Vec<ModelEvent>, Result<()>) {
    let (events, error) = collect(events).now_or_never().expect("a recording is there at once");
    (events, error.map_or(Ok(()), Err))
}

/// What a model has said, and why it said no more.
pub(super) async fn collect(mut events: BoxStream<'static, Result<ModelEvent>>) -> (Vec<ModelEvent>, Option<Error>) {
    let mut said = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => said.push(event),
            Err(error) => return (said, Some(error)),
        }
    }
    (said, None)
}

/// The events of an answer that was whole.
pub(super) fn whole((events, result): (Vec<ModelEvent>, Result<()>)) -> Vec<ModelEvent> {
    result.expect("a whole answer");
    events
}

/// Each event as a line, the deltas of a block or a call joined.
pub(super) fn lines(events: &[ModelEvent]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for event in events {
        match (event, lines.last_mut()) {
            (ModelEvent::TextDelta { text, .. }, Some(last)) if last.starts_with('"') => last.push_str(text),
            (ModelEvent::ToolArguments { delta, .. }, Some(last)) if last.starts_with("arguments ") => {
                last.push_str(delta);
            }
            _ => lines.push(line(event)),
        }
    }
    lines
}

fn line(event: &ModelEvent) -> String {
    match event {
        ModelEvent::ApprovalRequested { call } => format!("asks approval of {call}"),
        ModelEvent::Answered { model } => format!("answered {model}"),
        ModelEvent::TextStarted { block, kind } => format!("{kind:?} {block}"),
        ModelEvent::TextDelta { text, .. } => format!("\"{text}"),
        ModelEvent::TextEnded { block, kind } => format!("/{kind:?} {block}"),
        ModelEvent::ReasoningSigned { block, signature } => format!("signed {block}: {signature}"),
        ModelEvent::Cited { citation } => format!("cited {}", cited(citation)),
        ModelEvent::CallSigned { call, signature } => format!("signed {call}: {signature}"),
        ModelEvent::ToolStarted { call, name, .. } => format!("started {name} {call}"),
        ModelEvent::ToolArguments { delta, .. } => format!("arguments {delta}"),
        ModelEvent::ToolCalled { call } => {
            let runner = if call.runner == Runner::Provider { " by the provider" } else { "" };
            let signature = call.signature.as_ref().map_or(String::new(), |signature| format!(" signed {signature}"));
            format!("called {} {} {}{runner}{signature}", call.name, call.id, call.arguments)
        }
        ModelEvent::ToolRan { call, outcome } => {
            let word = if outcome.is_error { "failed" } else { "ran" };
            format!("{word} {call}: {}", outcome.content)
        }
        ModelEvent::Stopped { sequence } => format!("stopped at {sequence:?}"),
        ModelEvent::StepEnded { stop, usage } => {
            let count = |tokens: Option<u64>| tokens.map_or("?".to_owned(), |tokens| tokens.to_string());
            let (input, cached) = (count(usage.input_tokens), count(usage.cached_tokens));
            let (output, reasoning) = (count(usage.output_tokens), count(usage.reasoning_tokens));
            format!("{stop:?}, {input} tokens in ({cached} cached), {output} out ({reasoning} reasoning)")
        }
    }
}

fn cited(citation: &Citation) -> String {
    let Citation { url, title, file, quote } = citation;
    [url, title, file, quote].map(|field| field.as_deref().unwrap_or("-")).join(" | ")
}

/// However a recording is cut, it is not taken for whole: by the number of bytes that were heard.
pub(super) fn cuts_taken_for_whole<P: Parser<Frame = SseEvent>>(parser: impl Fn() -> P, recording: &str) -> Vec<usize> {
    let whole = |at: &usize| {
        let (events, result) = play(parser(), &recording.as_bytes()[..*at]);
        result.is_ok() || events.iter().any(|event| matches!(event, ModelEvent::StepEnded { .. }))
    };
    (0..recording.len()).filter(whole).collect()
}

pub(super) fn said(events: &[ModelEvent], wanted: TextKind) -> String {
    let text = |event: &ModelEvent| match event {
        ModelEvent::TextDelta { kind, text, .. } if *kind == wanted => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

pub(super) fn calls(events: &[ModelEvent]) -> Vec<ToolCall> {
    let call = |event: &ModelEvent| if let ModelEvent::ToolCalled { call } = event { Some(call.clone()) } else { None };
    events.iter().filter_map(call).collect()
}

pub(super) fn outcomes(events: &[ModelEvent]) -> Vec<ToolOutcome> {
    let ran = |event: &ModelEvent| match event {
        ModelEvent::ToolRan { outcome, .. } => Some(outcome.clone()),
        _ => None,
    };
    events.iter().filter_map(ran).collect()
}

pub(super) fn stop(events: &[ModelEvent]) -> (StopReason, Usage) {
    let Some(ModelEvent::StepEnded { stop, usage }) = events.last() else { panic!("{events:?}") };
    (*stop, *usage)
}
