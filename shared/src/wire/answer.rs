//! An answer in one piece, for clients that do not want a stream.

use crate::domain::{
    Entry, MessageId, ModelEvent, ModelRef, Position, SessionId, Timestamp, Transcript, TurnEvent, TurnId, Wait,
};

/// What was said of a turn from `from` on.
#[derive(Clone, Debug)]
pub struct Answer {
    pub turn: TurnId,
    pub session: SessionId,
    pub message: MessageId,
    /// The model that was asked.
    pub model: ModelRef,
    pub at: Timestamp,
    pub from: Position,
    pub said: Transcript,
    /// What the turn waits for now.
    pub waits: Vec<Wait>,
    /// The sequence at which the client wanted the model to stop.
    pub stopped: Option<String>,
}

impl Answer {
    /// None if this is no whole turn.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>, from: Position) -> Option<Self> {
        let (mut answer, mut entries) = (None::<Self>, entries.into_iter());
        if let Some(TurnEvent::Started { turn, session, model, message, at }) = entries.next().map(|e| &e.event) {
            let (turn, session, message, model) = (turn.clone(), session.clone(), message.clone(), model.clone());
            answer = Some(Self {
                turn,
                session,
                message,
                model,
                at: *at,
                from,
                said: Transcript::default(),
                waits: vec![],
                stopped: None,
            });
        }
        let mut answer = answer?;
        for entry in entries.filter(|entry| entry.start() >= from) {
            answer.said.add(&entry.event);
            match &entry.event {
                TurnEvent::Waiting { waits } => answer.waits.clone_from(waits),
                TurnEvent::Model(ModelEvent::Stopped { sequence }) => answer.stopped = Some(sequence.clone()),
                _ => {}
            }
        }
        Some(answer)
    }
}
