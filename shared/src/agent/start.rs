//! How a turn begins: its head, its session's lock and the history, side by side in one round trip; with an
//! idempotency key the head comes first.

use std::sync::Arc;
use std::time::Duration;

use futures::join;
use tokio::time::timeout;

use crate::domain::{
    Head, Message, MessageId, OpenTurn, Session, Status, Timestamp, Title, Transcript, TurnId, UserId,
};
use crate::error::{Error, ErrorKind, Result, codes};
use crate::llm::Chosen;
use crate::store::{HeadPut, Known, Log, Opening, OpeningRefused};

use super::ask::{Ask, Asked};
use super::beginning::{check_provider, window};
use super::close::{self, OpenTurnState};
use super::consultant::Consultant;
use super::feed::Feed;
use super::fingerprint::Fingerprint;
use super::follow::Follower;
use super::head::head;
use super::history::{heard, kept, without};
use super::live::Permit;
use super::target::Target;
use super::turn::Turn;

/// How often a beginning is tried anew when something that passes stood in its way.
const TRIES: u64 = 6;
/// How long a user waits for a failed beginning to be taken back.
const UNDOING: Duration = Duration::from_millis(500);

/// One try to begin.
struct Attempt<'a> {
    owner: &'a UserId,
    ask: &'a Ask,
    target: &'a Target,
    head: Head,
    chosen: Chosen,
    permit: Permit,
}

/// Why a try did not begin a turn, though nothing is wrong.
enum Retry {
    /// The turn that the key names broke off: its key is free.
    KeyFreed,
    /// The turn that the key names never began.
    Undone,
    /// The session's last turn had ended without saying so.
    SessionFreed,
    /// The session that a conversation was recognised by has gone another way.
    Forked,
    /// This machine's clock is behind; the question has to come after this message.
    Behind(MessageId),
}

enum Attempted {
    Asked(Asked),
    Retry(Retry),
}

impl Consultant {
    /// Asks: begins a turn, or follows the one that this idempotency key began before.
    pub async fn ask(&self, owner: &UserId, ask: Ask) -> Result<Asked> {
        self.tools().check_clients(&ask.tools)?;
        self.tools().check_hosted(&ask.hosted)?;
        let chosen = self.models().choose(ask.model.as_deref())?;
        check_provider(&chosen, &ask)?;
        window(&chosen.name).check(&ask.question)?;
        let permit = self.live.permit()?;
        let (mut attempt, mut beyond) = (0, None);
        let mut target = self.target(owner, &ask).await?;
        for _ in 0..TRIES {
            let replaces = self.replaced(owner, &ask, &target).await?;
            let head = Head { replaces, ..head(owner, &ask, &target, &chosen.name, attempt, beyond.as_ref()) };
            let (chosen, permit) = (chosen.clone(), permit.clone());
            let begin = Attempt { owner, ask: &ask, target: &target, head, chosen, permit };
            match Box::pin(self.begin(begin)).await? {
                Attempted::Asked(asked) => return Ok(asked),
                Attempted::Retry(Retry::KeyFreed) => attempt += 1,
                Attempted::Retry(Retry::SessionFreed | Retry::Undone) => {}
                Attempted::Retry(Retry::Forked) => target = Target::New,
                Attempted::Retry(Retry::Behind(message)) => beyond = Some(message),
            }
        }
        Err(Error::unavailable("session").because("a turn could not begin in six tries"))
    }

    /// Where it goes: a client that tells its conversation and names no session is recognised by what it tells.
    async fn target(&self, owner: &UserId, ask: &Ask) -> Result<Target> {
        match (&ask.target, ask.messages()) {
            (Target::New, Some(client_context)) if !client_context.is_empty() => {
                let digest = Fingerprint::of(client_context).digest();
                let known = self.store.fingerprint(owner, &digest, Timestamp::now()).await?;
                Ok(known.map_or(Target::New, |Known { session, last }| Target::After(session, last)))
            }
            (target, _) => Ok(target.clone()),
        }
    }

    async fn begin(&self, attempt: Attempt<'_>) -> Result<Attempted> {
        let Attempt { owner, ask, target, head, .. } = &attempt;
        let title = Title::of_question(ask.question.first_text());
        let opening = opening(head, target, &title);
        let put = self.store.put_head(owner, head);
        let open = self.store.open_turn(owner, &opening);
        let history = self.history_for(owner, ask, target);
        let (put, opened, history) = if ask.key.is_some() {
            // Of all requests with one key only the one whose head stands may touch the session.
            match join!(put, history) {
                (Ok(HeadPut::Taken(first)), _) => return self.follow_first(owner, head, &first).await,
                (Ok(HeadPut::Done), history) => (Ok(HeadPut::Done), open.await, history),
                (Err(error), _) => {
                    self.undo(owner, head).await;
                    return Err(error);
                }
            }
        } else {
            join!(put, open, history)
        };
        match (put, opened) {
            (Ok(HeadPut::Done), Ok(session)) => self.run(attempt, &session, history).await.map(Attempted::Asked),
            (_, Err(OpeningRefused::Fault(error))) | (Err(error), _) => {
                self.undo(owner, head).await;
                Err(error)
            }
            (Ok(HeadPut::Done), Err(refused)) => {
                self.store.delete_head(owner, head).await?;
                self.refused(owner, target, refused).await.map(Attempted::Retry)
            }
            // Without a key: two fresh ids that happen to be the same.
            (Ok(HeadPut::Taken(_)), _) => {
                self.store.release_turn(owner, &head.session, &head.writer).await?;
                Ok(Attempted::Retry(Retry::Undone))
            }
        }
    }

    /// The turn has begun: with the history it runs, without it everything is taken back.
    async fn run(&self, attempt: Attempt<'_>, session: &Session, history: Result<Vec<Message>>) -> Result<Asked> {
        let Attempt { owner, ask, head, .. } = &attempt;
        let history = match history {
            Ok(history) => self.complete(owner, ask, session, history).await,
            Err(error) => Err(error),
        };
        match history {
            Ok(history) => {
                let history = without(history, head);
                Ok(self.spawn(attempt, session, history))
            }
            Err(error) => {
                self.undo(owner, head).await;
                Err(error)
            }
        }
    }

    /// Takes back what may have been written of a turn that did not begin, as soon as the store can be reached.
    /// The user waits for a moment only, so that asking again at once finds nothing of it. What cannot be taken
    /// back lapses with its lease.
    async fn undo(&self, owner: &UserId, head: &Head) {
        let (store, owner, head) = (self.store.clone(), owner.clone(), head.clone());
        let undoing = self.live.spawn(async move {
            for _ in 0..3 {
                let released = store.release_turn(&owner, &head.session, &head.writer).await;
                let deleted = store.delete_head(&owner, &head).await;
                match released.and(deleted) {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(turn = %head.turn, %error, "a beginning was left behind"),
                }
            }
        });
        let _ = timeout(UNDOING, undoing).await;
    }

    /// The same key again: the same question follows the first turn, another one is refused.
    async fn follow_first(&self, owner: &UserId, head: &Head, first: &Head) -> Result<Attempted> {
        if first.body != head.body {
            let why = "This idempotency key was used with another request.";
            return Err(Error::invalid("Idempotency-Key", why).with_code(codes::IDEMPOTENCY_KEY_REUSED));
        }
        match self.follow_turn(owner, &first.turn).await {
            Ok((_, Status::Interrupted)) => Ok(Attempted::Retry(Retry::KeyFreed)),
            Ok((asked, _)) => Ok(Attempted::Asked(asked)),
            // Its beginning failed, and was taken back a moment ago.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Attempted::Retry(Retry::Undone)),
            Err(error) => Err(error),
        }
    }

    async fn refused(&self, owner: &UserId, target: &Target, refused: OpeningRefused) -> Result<Retry> {
        match (refused, target) {
            (OpeningRefused::Fault(error), _) => Err(error),
            (OpeningRefused::Behind(message), Target::After(_, last)) if message != *last => Ok(Retry::Forked),
            (OpeningRefused::Behind(message), Target::Next(_, last)) if message != *last => Err(gone_on()),
            (OpeningRefused::Behind(message), _) => Ok(Retry::Behind(message)),
            (OpeningRefused::Missing | OpeningRefused::Busy(_), Target::After(..)) => Ok(Retry::Forked),
            (OpeningRefused::Missing, _) => Err(Error::not_found("session")),
            (OpeningRefused::Busy(open), target) => Box::pin(self.free(owner, target, &open)).await,
        }
    }

    /// Another turn is open; if its writer has gone, it is closed here, and the session is free.
    async fn free(&self, owner: &UserId, target: &Target, open: &OpenTurn) -> Result<Retry> {
        let Some(id) = target.session() else { return Err(busy(&open.turn)) };
        let session = self.store.session(owner, id).await?;
        match close::open_turn_closing_lapsed(&self.store, owner, &session, &open.turn, self.config.lease).await? {
            // A client that names sessions knows no turns: by asking something else its user has given up the wait.
            OpenTurnState::Running(log) if is_given_up(target, &log) => {
                self.cancel(owner, &open.turn).await?;
                Ok(Retry::SessionFreed)
            }
            OpenTurnState::Beginning | OpenTurnState::Running(_) => Err(busy(&open.turn)),
            OpenTurnState::Ended => Ok(Retry::SessionFreed),
        }
    }

    /// From here on the turn runs by itself, whether or not a client listens.
    fn spawn(&self, attempt: Attempt<'_>, session: &Session, history: Vec<Message>) -> Asked {
        let Attempt { owner, ask, head, chosen, target, permit } = attempt;
        let feed = Arc::new(Feed::new());
        feed.push(head.started());
        let asked = Asked::new(&head, Follower::live(&feed), None);
        let writer = head.writer.clone();
        let fingerprint = ask.messages().filter(|_| target.names_no_session()).map(Fingerprint::of);
        let turn = Turn { fingerprint, ..self.turn_of(owner, head, writer, chosen, feed, ask.deadline) };
        let conversation = heard(ask.client_context.clone(), kept(session, history));
        let beginning = self.beginning(&turn, conversation, Transcript::default());
        self.live.spawn_in(permit, turn.run(beginning, None));
        asked
    }
}

fn opening<'a>(head: &'a Head, target: &'a Target, title: &'a Title) -> Opening<'a> {
    Opening {
        session: &head.session,
        known: target.must_exist(),
        after: target.last(),
        turn: &head.turn,
        writer: &head.writer,
        question_id: &head.question_id,
        title,
        at: head.at,
    }
}

fn is_given_up(target: &Target, log: &Log) -> bool {
    target.is_clients_name() && log.transcript().status() == Status::Waiting
}

fn gone_on() -> Error {
    let why = "The conversation has gone on since then: name its newest answer.";
    Error::invalid("previous_response_id", why).with_code(codes::NOT_NEWEST)
}

fn busy(turn: &TurnId) -> Error {
    let why =
        format!("Turn {turn} is still open in this session. Follow it, cancel it, or ask again when it has ended.");
    Error::new(codes::TURN_OPEN, why).naming_turn(turn)
}
