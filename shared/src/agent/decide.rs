//! What a waiting turn waits for comes: somebody allows a call or not, a client says what came of one. The
//! process that receives the last of it goes on with the turn, on any machine.

use std::sync::Arc;
use std::time::SystemTime;

use futures::try_join;
use tokio::time::{Duration, Instant, sleep};

use crate::domain::{
    CallId, CallRef, Decision, Entry, Need, Part, Position, SessionId, Status, Timestamp, ToolOutcome, TurnEvent,
    TurnId, UserId, Wait,
};
use crate::error::{Error, Result, codes};
use crate::store::{Appended, Log, Record, RecordBody};

use super::ask::{Asked, ClientContext};
use super::consultant::Consultant;
use super::feed::Feed;
use super::fingerprint::Fingerprint;
use super::follow::Follower;
use super::history::{heard, kept};
use super::live::Permit;
use super::random;
use super::turn::Turn;

const POLL: Duration = Duration::from_millis(100);
/// How long a decision waits for a turn that is about to pause.
const PAUSING: Duration = Duration::from_secs(10);
/// The same for a call that is not in the log: a scribe is seldom more than a second behind.
const LOGGING: Duration = Duration::from_secs(3);
/// How long a client that asks for what comes of a pause is kept waiting before it hears that the pause goes on: it
/// would ask again at once.
const LINGERING: Duration = Duration::from_secs(20);

fn need(decision: &Decision) -> Need {
    match decision {
        Decision::Allow | Decision::Deny { .. } => Need::Approval,
        Decision::Outcome(_) => Need::Outcome,
    }
}

fn event(decision: &Decision, call: &CallId) -> TurnEvent {
    let call = call.clone();
    match decision {
        Decision::Allow => TurnEvent::Allowed { call },
        Decision::Deny { reason } => TurnEvent::ToolReturned { call, outcome: denied(reason.as_deref()) },
        Decision::Outcome(outcome) => TurnEvent::ToolReturned { call, outcome: outcome.clone() },
    }
}

/// A turn of which a call has been decided, and where it goes on from there.
pub struct Decided {
    pub asked: Asked,
    pub from: Position,
}

impl Consultant {
    /// Saying the same twice is saying it once: a lost reply may be asked for again. A client that keeps the
    /// conversation tells it again, up to the question.
    pub async fn decide(
        &self,
        owner: &UserId,
        turn: &TurnId,
        call: &CallId,
        decision: &Decision,
        client_context: Option<ClientContext>,
        deadline: Option<SystemTime>,
    ) -> Result<Decided> {
        decision.check()?;
        let permit = self.live().permit()?;
        self.store.check_not_erased(owner).await?;
        let begun = Instant::now();
        loop {
            let mut log = self.log_closing_lapsed(owner, turn).await?;
            let Some(wait) = log.waits().open().iter().find(|wait| wait.call == *call).cloned() else {
                if patience(&log, call).is_some_and(|patience| begun.elapsed() < patience) {
                    sleep(POLL).await;
                    continue;
                }
                return self.decided_before(owner, &log, call, decision).await;
            };
            let record = record(&log, &wait, decision)?;
            let (from, writer) = (record.from, record.writer.clone());
            match self.store.append(owner, turn, &record).await? {
                Appended::Taken(found) if found.writer != writer => {}
                Appended::Taken(_) | Appended::Done => {
                    log.records.push(record);
                    let asked = Box::pin(self.go_on(owner, log, writer, permit, client_context, deadline)).await?;
                    return Ok(Decided { asked, from });
                }
            }
        }
    }

    /// What comes after the pause in which this call waits.
    pub async fn after_pause(&self, owner: &UserId, CallRef { turn, call }: &CallRef) -> Result<Decided> {
        let patience = Instant::now() + LINGERING;
        loop {
            let log = self.log_closing_lapsed(owner, turn).await?;
            let from = pause_of(&log, call).ok_or_else(|| Error::not_found("call"))?;
            if log.waits().open().is_empty() || Instant::now() > patience {
                return Ok(Decided { asked: self.follow(owner, turn).await?, from });
            }
            sleep(POLL).await;
        }
    }

    /// With nothing left to wait for, from here on this process writes.
    async fn go_on(
        &self,
        owner: &UserId,
        log: Log,
        writer: String,
        permit: Permit,
        client_context: Option<ClientContext>,
        deadline: Option<SystemTime>,
    ) -> Result<Asked> {
        if !log.waits().open().is_empty() {
            let events = Follower::stored(&self.store, owner, &log, self.config.lease);
            return Ok(Asked::new(&log.head, events, Some(log.end())));
        }
        let head = log.head.clone();
        let fingerprint =
            client_context.as_ref().and_then(|client_context| client_context.messages.as_deref()).map(Fingerprint::of);
        let conversation = match client_context {
            Some(client_context) if client_context.messages.is_some() => client_context,
            client_context => heard(client_context, Box::pin(self.kept(owner, &head.session)).await?),
        };
        let feed = Arc::new(Feed::of(&log.entries()));
        let asked = Asked::new(&head, Follower::live(&feed), None);
        let said = log.transcript();
        let chosen = self.models().go_on(&head.model, said.tally().model())?;
        let turn = Turn { fingerprint, ..self.turn_of(owner, head, writer, chosen, feed, deadline) };
        let beginning = self.beginning(&turn, conversation, said);
        self.live().spawn_in(permit, turn.run(beginning, Some(log)));
        Ok(asked)
    }

    async fn kept(&self, owner: &UserId, session: &SessionId) -> Result<ClientContext> {
        let history = self.history(owner, Some(session), true);
        let (history, session) = try_join!(history, self.store.session(owner, session))?;
        Ok(kept(&session, history))
    }

    /// The same decision as before follows the turn; another one comes too late.
    async fn decided_before(&self, owner: &UserId, log: &Log, call: &CallId, decision: &Decision) -> Result<Decided> {
        let event = event(decision, call);
        let entries = log.entries();
        if let Some(entry) = entries.iter().find(|entry| entry.event == event) {
            let from = entry.start();
            return Ok(Decided { asked: self.follow(owner, &log.head.turn).await?, from });
        }
        if calls(log).any(|known| known == *call) {
            return Err(Error::new(codes::CALL_NOT_WAITING, "This call is not waiting for that."));
        }
        Err(Error::not_found("call"))
    }
}

/// Some clients are fast: the model has called it, and its turn has not come to say that it waits, or to write down
/// that it was called.
fn patience(log: &Log, call: &CallId) -> Option<Duration> {
    let transcript = log.transcript();
    let has_returned =
        transcript.parts().iter().any(|part| matches!(part, Part::ToolResult { call: c, .. } if c == call));
    if transcript.status() != Status::Running || has_returned {
        return None;
    }
    Some(if calls(log).any(|known| known == *call) { PAUSING } else { LOGGING })
}

/// Where the pause begins in which this call waits.
fn pause_of(log: &Log, call: &CallId) -> Option<Position> {
    let entries = log.entries();
    let waits = |entry: &&Entry| match &entry.event {
        TurnEvent::Paused { waits } => waits.iter().any(|wait| wait.call == *call),
        _ => false,
    };
    entries.iter().rfind(waits).map(|entry| entry.end)
}

fn calls(log: &Log) -> impl Iterator<Item = CallId> {
    let parts = log.transcript().into_parts();
    parts.into_iter().filter_map(|part| if let Part::ToolCall(call) = part { Some(call.id) } else { None })
}

/// What a call comes to that its user does not allow.
fn denied(reason: Option<&str>) -> ToolOutcome {
    let why = reason.map_or_else(String::new, |reason| format!(" The user says: {reason}"));
    ToolOutcome { content: format!("The user has not allowed this call.{why}"), is_error: true }
}

fn record(log: &Log, wait: &Wait, decision: &Decision) -> Result<Record> {
    if wait.need != need(decision) {
        let why = match wait.need {
            Need::Approval => "This call waits for approval, not for an outcome.",
            Need::Outcome => "This call waits for its outcome, not for approval.",
        };
        return Err(Error::new(codes::CALL_NOT_WAITING, why));
    }
    let entry = Entry::at(log.end(), event(decision, &wait.call));
    let (from, to) = (log.end(), entry.end);
    let said = RecordBody::Events(vec![entry]);
    Ok(Record { seq: log.next_seq(), from, to, said, writer: random::writer(), at: Timestamp::now() })
}
