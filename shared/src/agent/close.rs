//! Endings: an ended turn's messages are stored and its session is free again; a turn whose writer has gone is
//! ended by the reader that meets it. Everything here may be done twice, by two readers at once.

use std::time::Duration;

use futures::try_join;

use crate::domain::{
    Day, Ending, Entry, Head, Message, MessageId, Part, Role, Session, SessionId, Status, Timestamp, Transcript,
    TurnEvent, TurnId, UserId,
};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Appended, Closing, Log, Record, RecordBody, Store, Used};
use crate::telemetry::{self, Trace, TurnRecord};

use super::random;

/// A session's open turn, as a reader finds it.
pub(super) enum OpenTurnState {
    /// Its question is not stored yet.
    Beginning,
    Running(Box<Log>),
    /// It has ended by now, and its messages are stored.
    Ended,
}

/// Stores the question and the answer, then gives the session free: in this order, so that a client that is free to
/// ask the next question reads the last answer.
pub(super) async fn store_messages(
    store: &Store,
    owner: &UserId,
    head: &Head,
    said: &Transcript,
    at: Timestamp,
) -> Result<()> {
    let (question, answer) = (question(head), answer(head, said, at));
    try_join!(store.put_message(owner, &head.session, &question), store.put_message(owner, &head.session, &answer))?;
    if let Some(former) = head.replaces.as_ref().filter(|_| takes_its_place(answer.status)) {
        delete_messages(store, owner, &head.session, [former, &former.next()]).await?;
    }
    if release_session(store, owner, head, &answer).await? {
        return Ok(());
    }
    // The session was deleted meanwhile: nothing of it may stay.
    delete_messages(store, owner, &head.session, [&question.id, &answer.id]).await?;
    store.delete_log(owner, &head.turn).await?;
    store.delete_files(owner, &head.session).await
}

/// An answer that failed is no reason to lose the one before.
fn takes_its_place(status: Status) -> bool {
    matches!(status, Status::Completed | Status::Cancelled)
}

/// Deletes messages that may be gone already.
pub(super) async fn delete_messages(
    store: &Store,
    owner: &UserId,
    session: &SessionId,
    messages: [&MessageId; 2],
) -> Result<()> {
    for message in messages {
        match store.delete_message(owner, session, message).await {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Gives the session free and counts the answer, once. False when the session was deleted meanwhile.
pub(super) async fn release_session(store: &Store, owner: &UserId, head: &Head, answer: &Message) -> Result<bool> {
    let model = answer.model.clone().unwrap_or_else(|| head.model.clone());
    let used = Used { day: Day::of(answer.created_at), model, spent: answer.usage.unwrap_or_default() };
    store.close_turn(owner, &head.session, &Closing { turn: &head.turn, last: &answer.id, used }).await
}

pub(super) fn question(head: &Head) -> Message {
    Message {
        id: head.question_id.clone(),
        turn: head.turn.clone(),
        role: Role::User,
        status: Status::Completed,
        stop: None,
        created_at: head.at,
        model: None,
        parts: head.question.parts().to_vec(),
        usage: None,
    }
}

/// The answer as its log has it: every process that stores it, however often, stores the same.
pub(super) fn answer(head: &Head, said: &Transcript, at: Timestamp) -> Message {
    let latency = said.ending().map(|_| u64::try_from(at.millis() - head.at.millis()).unwrap_or(0));
    Message {
        id: head.answer_id(),
        turn: head.turn.clone(),
        role: Role::Assistant,
        status: said.status(),
        stop: said.ending().and_then(Ending::stop),
        created_at: at,
        model: Some(said.tally().model().unwrap_or(&head.model).clone()),
        usage: Some(said.tally().spent(latency)),
        parts: said.clone().into_parts().into_iter().filter_map(Part::unsigned).collect(),
    }
}

/// What a turn's writer reports of it.
pub(super) fn record<'a>(head: &'a Head, said: &'a Transcript, status: Status) -> TurnRecord<'a> {
    let stop = said.ending().and_then(|ending| match ending {
        Ending::Completed { stop, .. } => Some(*stop),
        _ => None,
    });
    TurnRecord {
        asked: &head.model,
        model: said.tally().model().unwrap_or(&head.model),
        status,
        stop,
        spent: said.tally().spent(None),
        began: head.at,
        closed_for_writer: false,
    }
}

/// Its writer was gone before it could tell.
fn tell_closed(owner: &UserId, log: &Log) {
    let (head, said) = (&log.head, log.transcript());
    let record = TurnRecord { closed_for_writer: true, ..record(head, &said, said.status()) };
    Trace::of_turn(&head.turn, &head.session, owner).within(|| telemetry::tell_turn(&record));
}

/// The turn's log; if its writer has gone, ended here and now.
pub(super) async fn log_closing_lapsed(
    store: &Store,
    owner: &UserId,
    turn: &TurnId,
    lease: Duration,
) -> Result<Option<Log>> {
    for _ in 0..8 {
        let now = Timestamp::now();
        let Some(log) = store.log(owner, turn, now).await? else { return Ok(None) };
        if !log.is_lapsed(now, lease) {
            return Ok(Some(log));
        }
        if !has_begun(store, owner, &log).await? {
            store.delete_head(owner, &log.head).await?;
            return Ok(None);
        }
        let record = ending_of(&log, now);
        if let Appended::Done = store.append(owner, turn, &record).await? {
            let mut log = log;
            log.records.push(record);
            tell_closed(owner, &log);
            Box::pin(store_messages(store, owner, &log.head, &log.transcript(), now)).await?;
            return Ok(Some(log));
        }
    }
    Err(tail_keeps_moving())
}

pub(super) fn tail_keeps_moving() -> Error {
    Error::unavailable("store").because("the log's tail keeps moving")
}

/// A head alone is a turn only if its session waits for it: its writer may have died between the two.
async fn has_begun(store: &Store, owner: &UserId, log: &Log) -> Result<bool> {
    if !log.records.is_empty() {
        return Ok(true);
    }
    match store.session(owner, &log.head.session).await {
        Ok(session) => Ok(session.open_turn.is_some_and(|open| open.turn == log.head.turn)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// What a writer that has gone would have said at the last.
fn ending_of(log: &Log, now: Timestamp) -> Record {
    let ending = if log.is_cancelled() { Ending::Cancelled } else { Ending::Interrupted };
    let mut to = log.end();
    let events = log.transcript().closing_events().into_iter().chain([TurnEvent::Ended(ending)]);
    let place = |event| {
        let entry = Entry::at(to, event);
        to = entry.end;
        entry
    };
    let entries: Vec<Entry> = events.map(place).collect();
    let writer = format!("closer-{}", random::writer());
    Record { seq: log.next_seq(), from: log.end(), to, said: RecordBody::Events(entries), writer, at: now }
}

/// What became of the turn that keeps this session busy.
pub(super) async fn open_turn_closing_lapsed(
    store: &Store,
    owner: &UserId,
    session: &Session,
    turn: &TurnId,
    lease: Duration,
) -> Result<OpenTurnState> {
    match Box::pin(log_closing_lapsed(store, owner, turn, lease)).await? {
        Some(log) if log.is_ended() => {
            Box::pin(store_messages(store, owner, &log.head, &log.transcript(), log.last_at())).await?;
            Ok(OpenTurnState::Ended)
        }
        Some(log) => Ok(OpenTurnState::Running(Box::new(log))),
        // Its head never arrived; if it is not about to, the session is free.
        None if session.updated_at.plus(lease) < Timestamp::now() => {
            if let Some(open) = &session.open_turn {
                store.release_turn(owner, &session.id, &open.writer).await?;
            }
            Ok(OpenTurnState::Ended)
        }
        None => Ok(OpenTurnState::Beginning),
    }
}
