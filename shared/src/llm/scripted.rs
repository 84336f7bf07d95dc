//! `scripted`: the offline demo. It says plainly that it is no real model, calls a tool when asked for the time,
//! and can be asked to be long or slow, so that everything around a model can be tried without one.

use std::time::Duration;

use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use serde_json::json;

use crate::domain::{CallId, ModelEvent, Part, Role, Runner, StopReason, TextKind, ToolCall, Usage};
use crate::error::Result;

use super::{Model, ModelRequest};

pub(super) struct Scripted;

const PACE: Duration = Duration::from_millis(25);
const SLOW_PACE: Duration = Duration::from_millis(400);
const LONG_WORDS: usize = 600;
/// More than any model would say: 2 MB and a bit.
const MAX_WORDS: usize = 400_000;

impl Model for Scripted {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let asked = Asked::read(&request);
        let pace = asked.pace();
        let events = match asked.tool_call() {
            Some(call) => call_tool(call),
            None => say(&asked.answer()),
        };
        let paced = move |event: ModelEvent| async move {
            let is_word = matches!(event, ModelEvent::TextDelta { .. });
            if let (true, Some(pace)) = (is_word, pace) {
                tokio::time::sleep(pace).await;
            }
            Ok(event)
        };
        stream::iter(events).then(move |event| paced(event).boxed()).boxed()
    }
}

/// What the question wants of the script.
struct Asked {
    question: String,
    told: Option<String>,
    tools: bool,
}

impl Asked {
    fn read(request: &ModelRequest) -> Self {
        let question = request.messages.iter().rev().find(|message| message.role == Role::User);
        let text = |part: &Part| if let Part::Text { text } = part { Some(text.clone()) } else { None };
        let question = question.map(|message| message.parts.iter().filter_map(text).collect::<Vec<_>>().join(" "));
        let last = request.messages.last().filter(|message| message.role == Role::Assistant);
        let told = last.and_then(|message| message.parts.iter().rev().find_map(told));
        Self { question: question.unwrap_or_default(), told, tools: !request.tools.is_empty() }
    }

    fn words(&self) -> impl Iterator<Item = String> + '_ {
        let plain = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        self.question.split_whitespace().map(plain)
    }

    fn wants(&self, word: &str) -> bool {
        self.words().any(|said| said == word)
    }

    /// None: as fast as it goes, for answers so long that nobody would wait for them.
    fn pace(&self) -> Option<Duration> {
        match (self.wants("slow"), self.length()) {
            (true, _) => Some(SLOW_PACE),
            (false, Some(words)) if words > LONG_WORDS => None,
            (false, _) => Some(PACE),
        }
    }

    /// `long`, or `long 20000`.
    fn length(&self) -> Option<usize> {
        let mut words = self.words().skip_while(|word| word != "long");
        words.next()?;
        Some(words.next().and_then(|word| word.parse().ok()).unwrap_or(LONG_WORDS).min(MAX_WORDS))
    }

    fn tool_call(&self) -> Option<ToolCall> {
        let wanted = self.tools && self.told.is_none() && self.wants("time");
        wanted.then(|| ToolCall::new(CallId::from_provider("call_now"), "now", json!({})))
    }

    fn answer(&self) -> String {
        if let Some(words) = self.length() {
            let word = |number: usize| format!("word-{number}");
            return (1..=words).map(word).collect::<Vec<_>>().join(" ");
        }
        let time = self.told.as_ref().map_or(String::new(), |time| format!(" The clock tool says {time}."));
        format!(
            "This is Counsel's offline demo, not a language model.{time} You asked: “{}” \
             Set OPENAI_API_KEY or OPENAI_BASE_URL to hear a real answer; ask me for something slow, \
             long or the time to see how it streams.",
            self.question.trim()
        )
    }
}

fn told(part: &Part) -> Option<String> {
    if let Part::ToolResult { outcome, .. } = part { Some(outcome.content.clone()) } else { None }
}

fn say(answer: &str) -> Vec<ModelEvent> {
    let (block, kind) = (0, TextKind::Answer);
    let words = answer.split_inclusive(' ').map(|word| ModelEvent::TextDelta { block, kind, text: word.to_owned() });
    let mut events = vec![ModelEvent::TextStarted { block, kind }];
    events.extend(words);
    events.push(ModelEvent::TextEnded { block, kind });
    let output_tokens = Some(events.len() as u64 - 2);
    events.push(ModelEvent::StepEnded {
        stop: StopReason::Finished,
        usage: Usage { input_tokens: Some(1), output_tokens, ..Usage::default() },
    });
    events
}

fn call_tool(call: ToolCall) -> Vec<ModelEvent> {
    let usage = Usage { input_tokens: Some(1), output_tokens: Some(1), ..Usage::default() };
    vec![
        ModelEvent::ToolStarted { call: call.id.clone(), name: call.name.clone(), runner: Runner::Us },
        ModelEvent::ToolArguments { call: call.id.clone(), delta: call.arguments.to_string() },
        ModelEvent::ToolCalled { call },
        ModelEvent::StepEnded { stop: StopReason::ToolCalls, usage },
    ]
}
