//! The loop: asks the model, listens, calls tools, asks again, until there is an answer or somebody has to be
//! waited for.

use futures::StreamExt;
use futures::future::join_all;
use tokio::time::timeout;

use crate::domain::{
    CallId, Ending, ModelEvent, ModelRef, Need, Part, Role, Runner, StopReason, Timestamp, ToolCall, Transcript,
    TurnEvent, Wait,
};
use crate::error::{Error, Result, codes};
use crate::llm::{ModelFault, ModelRequest, PromptMessage};
use crate::telemetry;
use crate::tools::{CallRoute, ToolContext};

use super::prompt;
use super::record_size::bounded;
use super::turn::{Turn, TurnOutcome, failed};

/// More than any answer we keep.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// What a turn starts from: nothing said yet, or what was said before it had to wait.
pub(super) struct Beginning {
    /// The conversation up to the question.
    pub(super) request: ModelRequest,
    pub(super) said: Transcript,
    /// How many tokens the conversation may take.
    pub(super) token_budget: u64,
}

pub(super) struct Steps<'a> {
    turn: &'a Turn,
}

impl<'a> Steps<'a> {
    pub(super) fn of(turn: &'a Turn) -> Self {
        Self { turn }
    }

    pub(super) async fn run(&self, beginning: Beginning) -> TurnOutcome {
        let Beginning { request, mut said, token_budget } = beginning;
        self.call_allowed(&mut said).await;
        for _ in 0..self.turn.config.max_steps {
            let step = match self.step(&request, &mut said, token_budget).await {
                Ok(step) => step,
                Err(error) => return TurnOutcome::Ended(self.ending_of(&error)),
            };
            if step.calls.is_empty() && step.waits.is_empty() && step.stop != StopReason::Unfinished {
                return TurnOutcome::Ended(Ending::Completed { stop: step.stop, usage: said.usage() });
            }
            let mut waits = self.call(step.calls, &mut said).await;
            waits.extend(step.waits);
            if !waits.is_empty() {
                return TurnOutcome::Paused(waits);
            }
            if said.usage().output_tokens.is_some_and(|tokens| tokens > self.turn.config.max_tokens) {
                return too_much("The model has used up the tokens of this turn without coming to an answer.");
            }
        }
        too_much("The model kept calling tools without coming to an answer.")
    }

    /// One model call, said as it comes.
    async fn step(&self, request: &ModelRequest, said: &mut Transcript, token_budget: u64) -> Result<Step> {
        self.say(TurnEvent::StepStarted, said);
        let blocks = said.blocks();
        let prompt = prompt(request, said, token_budget);
        let prompt_tokens = prompt::tokens(&prompt);
        // The model that answered one step is asked the next one.
        let model = said.tally().model().unwrap_or(&self.turn.head.model).clone();
        self.say_asked(model, prompt_tokens, said);
        let mut events = self.turn.chosen.model.stream(prompt);
        let mut step = Step { calls: Vec::new(), waits: Vec::new(), stop: StopReason::Other };
        let mut patience = self.turn.config.first_token_timeout;
        loop {
            let event = timeout(patience, events.next()).await.map_err(|_| ModelFault::Silent)?;
            let Some(event) = event.transpose()? else { return Ok(step) };
            patience = self.turn.config.token_timeout;
            if let ModelEvent::Answered { model } = event {
                self.say_asked(model, prompt_tokens, said);
                continue;
            }
            self.hear_first(said);
            let event = self.turn.link(bounded(self.place(event, blocks))?, said).await;
            step.hear(&event);
            self.say(TurnEvent::Model(event), said);
            if self.turn.feed.bytes() > MAX_ANSWER_BYTES {
                return Err(ModelFault::CutOff.saying("The model's answer was longer than is kept."));
            }
        }
    }

    fn say_asked(&self, model: ModelRef, prompt_tokens: u64, said: &mut Transcript) {
        let price = (self.turn.prices)(&model);
        self.say(TurnEvent::ModelAsked { model, prompt_tokens, price }, said);
    }

    fn hear_first(&self, said: &mut Transcript) {
        if said.tally().first_heard_ms().is_none() {
            let after = Timestamp::now().millis() - self.turn.head.at.millis();
            self.say(TurnEvent::FirstHeard { after_ms: u64::try_from(after).unwrap_or(0) }, said);
        }
    }

    /// A model numbers the blocks of its call, and a turn has several calls; nor does it know who runs a tool.
    fn place(&self, mut event: ModelEvent, from: u32) -> ModelEvent {
        let runs = |name: &str| (self.turn.toolbox.fate(name) == CallRoute::Client).then_some(Runner::Client);
        match &mut event {
            ModelEvent::TextStarted { block, .. }
            | ModelEvent::TextDelta { block, .. }
            | ModelEvent::TextEnded { block, .. }
            | ModelEvent::ReasoningSigned { block, .. } => *block += from,
            ModelEvent::ToolStarted { name, runner, .. } if *runner == Runner::Us => {
                *runner = runs(name).unwrap_or(*runner);
            }
            ModelEvent::ToolCalled { call } if call.runner == Runner::Us => {
                call.runner = runs(&call.name).unwrap_or(call.runner);
            }
            _ => {}
        }
        event
    }

    /// Runs what may run, all at once, and returns what has to be waited for.
    async fn call(&self, calls: Vec<ToolCall>, said: &mut Transcript) -> Vec<Wait> {
        let fate = |call: &ToolCall| self.turn.toolbox.fate(&call.name);
        let (running, waiting): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| fate(call) == CallRoute::Runs);
        self.run_all(&running, said).await;
        let need = |call: &ToolCall| if fate(call) == CallRoute::Client { Need::Outcome } else { Need::Approval };
        waiting.iter().map(|call| Wait { call: call.id.clone(), need: need(call) }).collect()
    }

    /// What a user has allowed while the turn waited.
    async fn call_allowed(&self, said: &mut Transcript) {
        let allowed: Vec<CallId> = said.waits().allowed().to_vec();
        let calls = said.parts().iter().filter_map(|part| match part {
            Part::ToolCall(call) if allowed.contains(&call.id) => Some(call.clone()),
            _ => None,
        });
        let calls: Vec<ToolCall> = calls.collect();
        self.run_all(&calls, said).await;
    }

    /// Each outcome is said as soon as it is there.
    async fn run_all(&self, calls: &[ToolCall], said: &mut Transcript) {
        let (owner, session) = (self.turn.owner.clone(), Some(self.turn.head.session.clone()));
        let context = ToolContext { owner, session, now: Timestamp::now() };
        let outcomes = join_all(calls.iter().map(|call| async {
            let outcome = self.turn.toolbox.call(call, &context).await;
            let event = TurnEvent::ToolReturned { call: call.id.clone(), outcome };
            self.turn.feed.push(event.clone());
            event
        }));
        outcomes.await.iter().for_each(|event| said.add(event));
    }

    fn say(&self, event: TurnEvent, said: &mut Transcript) {
        said.add(&event);
        self.turn.feed.push(event);
    }

    /// An answer that broke off was interrupted; one that never began has failed.
    fn ending_of(&self, error: &Error) -> Ending {
        telemetry::note(error);
        let has_begun = self.turn.feed.has_text();
        let interrupts = ModelFault::of(error).is_some_and(|fault| fault.interrupts(has_begun));
        if interrupts { Ending::Interrupted } else { failed(error) }
    }
}

/// What one model call came to.
struct Step {
    calls: Vec<ToolCall>,
    /// For an approval that the provider asks for.
    waits: Vec<Wait>,
    stop: StopReason,
}

impl Step {
    fn hear(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::ToolCalled { call } if call.runner != Runner::Provider => self.calls.push(call.clone()),
            ModelEvent::ApprovalRequested { call } => {
                self.waits.push(Wait { call: call.clone(), need: Need::Approval });
            }
            ModelEvent::StepEnded { stop, .. } => self.stop = *stop,
            _ => {}
        }
    }
}

/// As much of the conversation as fits, the question, and what this turn has said to it so far.
fn prompt(request: &ModelRequest, said: &Transcript, token_budget: u64) -> ModelRequest {
    let mut request = request.clone();
    let parts = said.clone().into_parts();
    prompt::fit(&mut request.messages, &parts, token_budget);
    if !parts.is_empty() {
        request.messages.push(PromptMessage { role: Role::Assistant, parts });
    }
    request
}

fn too_much(why: &'static str) -> TurnOutcome {
    TurnOutcome::Ended(failed(&Error::new(codes::TOO_MANY_STEPS, why)))
}
