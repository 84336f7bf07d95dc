//! What turns say, as stories: every dialect has to tell each of them.

use serde_json::json;

use crate::domain::{
    CallId, Citation, Ending, MessageId, ModelEvent, ModelRef, Need, Runner, SessionId, StopReason, TextKind,
    Timestamp, ToolCall, ToolOutcome, TurnEvent, TurnId, Usage, Wait,
};

/// Each story with its name.
pub fn stories() -> Vec<(&'static str, Vec<TurnEvent>)> {
    let failed = || Ending::Failed {
        code: "model_failed".to_owned(),
        detail: "The provider failed.".to_owned(),
        retry_after: None,
    };
    vec![
        ("a plain answer", told(answer(0, &["Hello", " Ada,", " how are", " you?"]), completed())),
        (
            "an answer after reasoning",
            told([reasoning(0, "She greets."), answer(1, &["Hello."])].concat(), completed()),
        ),
        ("two tools of which one fails", two_tools()),
        ("a search that the provider ran with its sources", search()),
        ("a call that the client runs", waits(Need::Outcome)),
        ("a call that needs approval", waits(Need::Approval)),
        ("a call that was allowed", allowed()),
        ("a refusal", told(answer(0, &["I cannot", " help."]), refused())),
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

fn refused() -> Ending {
    Ending::Completed { stop: StopReason::Refused, usage: usage() }
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

fn search() -> Vec<TurnEvent> {
    let call = CallId::from_provider("ws_1");
    let started =
        ModelEvent::ToolStarted { call: call.clone(), name: "web_search".to_owned(), runner: Runner::Provider };
    let called = ToolCall {
        runner: Runner::Provider,
        ..ToolCall::new(call.clone(), "web_search", json!({ "query": "Graz weather" }))
    };
    let outcome = ToolOutcome { content: "[\"https://weather.example/graz\"]".to_owned(), is_error: false };
    let events = [started, ModelEvent::ToolCalled { call: called }, ModelEvent::ToolRan { call, outcome }];
    let mut said: Vec<TurnEvent> = events.into_iter().map(TurnEvent::Model).collect();
    let mut sourced = answer(0, &["21 °C."]);
    let citation = Citation {
        url: Some("https://weather.example/graz".to_owned()),
        title: Some("Weather in Graz".to_owned()),
        ..Citation::default()
    };
    sourced.insert(2, TurnEvent::Model(ModelEvent::Cited { citation }));
    said.extend(sourced);
    told(said, completed())
}

fn waits(need: Need) -> Vec<TurnEvent> {
    let mut events = up_to_the_call(need);
    let waits = vec![Wait { call: CallId::from_provider("call_1"), need }];
    events.push(TurnEvent::Paused { waits: waits.clone() });
    events.push(TurnEvent::Waiting { waits });
    events
}

fn allowed() -> Vec<TurnEvent> {
    let mut events = up_to_the_call(Need::Approval);
    let call = CallId::from_provider("call_1");
    events.push(TurnEvent::Paused { waits: vec![Wait { call: call.clone(), need: Need::Approval }] });
    events.push(TurnEvent::Allowed { call: call.clone() });
    let outcome = ToolOutcome { content: "done".to_owned(), is_error: false };
    events.push(TurnEvent::ToolReturned { call, outcome });
    events.push(TurnEvent::StepStarted);
    events.extend(answer(0, &["It is done."]));
    events.push(TurnEvent::Ended(completed()));
    events
}

fn up_to_the_call(need: Need) -> Vec<TurnEvent> {
    let (call, name) = (CallId::from_provider("call_1"), "open_file".to_owned());
    let runner = if need == Need::Outcome { Runner::Client } else { Runner::Us };
    let called = ToolCall { runner, ..ToolCall::new(call.clone(), name.as_str(), json!({ "path": "main.rs" })) };
    let events = [
        ModelEvent::ToolStarted { call: call.clone(), name, runner },
        ModelEvent::ToolArguments { call, delta: "{\"path\":\"main.rs\"}".to_owned() },
        ModelEvent::ToolCalled { call: called },
        ModelEvent::StepEnded { stop: StopReason::ToolCalls, usage: usage() },
    ];
    [started(), TurnEvent::StepStarted].into_iter().chain(events.into_iter().map(TurnEvent::Model)).collect()
}
