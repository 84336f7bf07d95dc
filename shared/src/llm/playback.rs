//! For tests: a recording read by a parser, and what came of it as lines that a test can be written in.

use crate::domain::{Citation, ModelEvent, Runner, StopReason, TextKind, ToolCall, ToolOutcome, Usage};
use crate::error::Result;
use crate::net::SseReader;

use super::ModelFault;
use super::pump::Parser;

/// What a parser makes of these bytes, and how it ended.
pub(super) fn play(mut parser: impl Parser, recording: &[u8]) -> (Vec<ModelEvent>, Result<()>) {
    let (mut events, mut reader) = (Vec::new(), SseReader::default());
    let read = reader.read(recording).map_err(ModelFault::garbled).and_then(|all| {
        for event in all {
            parser.on_event(&event, &mut events)?;
            // The pump reads no further, either.
            if parser.is_done() {
                break;
            }
        }
        Ok(())
    });
    let result = read.and_then(|()| parser.on_end(&mut events));
    (events, result)
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
pub(super) fn cuts_taken_for_whole<P: Parser>(parser: impl Fn() -> P, recording: &str) -> Vec<usize> {
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
