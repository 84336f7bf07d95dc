//! What turns say, as stories: every dialect has to tell each of them.

use serde_json::json;

use crate::domain::{
    CallId, Ending, MessageId, ModelEvent, ModelRef, Runner, SessionId, StopReason, TextKind, Timestamp, ToolCall,
    ToolOutcome, TurnEvent, TurnId, Usage,
};

/// Each story with its name.
pub fn stories() -> Vec<(&'static str, Vec<TurnEvent>)> {
    let failed = || Ending::Failed { code: "model_failed".to_owned(), detail: "The provider failed.".to_owned() };
    vec![
        ("a plain answer", told(answer(0, &["Hello", " Ada,", " how are", " you?"]), completed())),
        (
            "an answer after reasoning",
            told([reasoning(0, "She greets."), answer(1, &["Hello."])].concat(), completed()),
        ),
        ("two tools of which one fails", two_tools()),
        ("an error before the first token", told(Vec::new(), failed())),
        ("an error after some words", told(answer(0, &["Hello", " A"]), failed())),
        ("a cancelled answer", told(answer(0, &["Hello", " A"]), Ending::Cancelled)),
        ("an interrupted answer", told(answer(0, &["Hello", " A"]), Ending::Interrupted)),
        ("characters that need care", told(answer(0, &["\"{\u{2028}", "}\"\n\n", "👋🏽\r\n"]), completed())),
    ]
}

fn started() -> TurnEvent {
    TurnEvent::Started {
        turn: TurnId::parse("11").expect("an id"),
        session: SessionId::parse("7").expect("an id"),
        model: ModelRef::parse("openai:gpt-4o-mini"),
        message: MessageId::parse("13").expect("an id"),
        at: Timestamp::from_millis(1_800_000_000_000),
    }
}

fn told(said: Vec<TurnEvent>, ending: Ending) -> Vec<TurnEvent> {
    let beginning = [started(), TurnEvent::StepStarted];
    beginning.into_iter().chain(said).chain([TurnEvent::Ended(ending)]).collect()
}

fn completed() -> Ending {
    Ending::Completed { stop: StopReason::Finished, usage: usage() }
}

fn usage() -> Usage {
    Usage { input_tokens: Some(12), output_tokens: Some(5), ..Usage::default() }
}

fn answer(block: u32, words: &[&str]) -> Vec<TurnEvent> {
    said(block, TextKind::Answer, words)
}

fn reasoning(block: u32, thought: &str) -> Vec<TurnEvent> {
    said(block, TextKind::Reasoning, &[thought])
}

fn said(block: u32, kind: TextKind, words: &[&str]) -> Vec<TurnEvent> {
    let mut events = vec![ModelEvent::TextStarted { block, kind }];
    events.extend(words.iter().map(|word| ModelEvent::TextDelta { block, kind, text: (*word).to_owned() }));
    events.push(ModelEvent::TextEnded { block, kind });
    events.into_iter().map(TurnEvent::Model).collect()
}

fn two_tools() -> Vec<TurnEvent> {
    let (weather, joke) = (CallId::from_provider("call_weather"), CallId::from_provider("call_joke"));
    let begin = |call: &CallId, name: &str, delta: &str| {
        let (name, delta) = (name.to_owned(), delta.to_owned());
        [
            ModelEvent::ToolStarted { call: call.clone(), name, runner: Runner::Us },
            ModelEvent::ToolArguments { call: call.clone(), delta },
        ]
    };
    let called = |call: &CallId, name: &str, arguments| ModelEvent::ToolCalled {
        call: ToolCall::new(call.clone(), name, arguments),
    };
    let mut calls = begin(&weather, "get_weather", "{\"city\":\"Graz\"}").to_vec();
    calls.extend(begin(&joke, "get_joke", "{}"));
    calls.push(called(&weather, "get_weather", json!({ "city": "Graz" })));
    calls.push(called(&joke, "get_joke", json!({})));
    calls.push(ModelEvent::StepEnded { stop: StopReason::ToolCalls, usage: usage() });
    let returned = |call: &CallId, content: &str, is_error| TurnEvent::ToolReturned {
        call: call.clone(),
        outcome: ToolOutcome { content: content.to_owned(), is_error },
    };
    let outcomes = [returned(&weather, "{\"celsius\":21}", false), returned(&joke, "No joke is known.", true)];
    let calls = calls.into_iter().map(TurnEvent::Model);
    let all = calls.chain(outcomes).chain([TurnEvent::StepStarted]).chain(answer(0, &["21 °C,", " no joke."]));
    told(all.collect(), completed())
}
