//! How a turn begins: its head, its session's lock and the history, side by side in one round trip; with an
//! idempotency key the head comes first.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures::join;
use tokio::time::timeout;

use crate::domain::{
    Head, Message, MessageId, ModelRef, OpenTurn, Session, SessionId, Status, Timestamp, Title, Transcript, TurnId,
    UserId,
};
use crate::error::{Error, ErrorKind, Result};
use crate::llm::Model;
use crate::store::{HeadPut, Known, Log, Opening, OpeningRefused};

use super::beginning::{heard, kept, window};
use super::close::{self, OpenTurnState};
use super::consultant::{Ask, Asked, Consultant, Target};
use super::feed::Feed;
use super::fingerprint::Fingerprint;
use super::follow::Follower;
use super::live::Permit;
use super::prompt;
use super::random;
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
    model: Arc<dyn Model>,
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
        let (model_ref, model) = self.models().choose(ask.model.as_deref())?;
        check_provider(&model_ref, model.as_ref(), &ask)?;
        window(&model_ref).check(&ask.question)?;
        let permit = self.live.permit()?;
        let (mut attempt, mut beyond) = (0, None);
        let mut target = self.target(owner, &ask).await?;
        for _ in 0..TRIES {
            let replaces = self.replaced(owner, &ask, &target).await?;
            let head = Head { replaces, ..head(owner, &ask, &target, &model_ref, attempt, beyond.as_ref()) };
            let (model, permit) = (Arc::clone(&model), permit.clone());
            let begin = Attempt { owner, ask: &ask, target: &target, head, model, permit };
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
        let opening = Opening {
            session: &head.session,
            known: matches!(target, Target::Known(_) | Target::After(..) | Target::Next(..)),
            after: target.last(),
            turn: &head.turn,
            writer: &head.writer,
            question_id: &head.question_id,
            title: &title,
            at: head.at,
        };
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
            (Ok(HeadPut::Done), Ok(session)) => {
                let history = match history {
                    Ok(history) => self.complete(owner, ask, &session, history).await.map(|h| without(h, head)),
                    Err(error) => Err(error),
                };
                if history.is_err() {
                    self.undo(owner, head).await;
                }
                history.map(|history| Attempted::Asked(self.spawn(attempt, &session, history)))
            }
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
            return Err(Error::invalid("Idempotency-Key", why).with_code("idempotency_key_reused"));
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
        match close::open_turn(&self.store, owner, &session, &open.turn, self.config.lease).await? {
            // Whoever names sessions knows no turns: by asking something else its user has given up what was waited for.
            OpenTurnState::Running(log) if is_given_up(target, &log) => {
                self.cancel(owner, &open.turn).await?;
                Ok(Retry::SessionFreed)
            }
            OpenTurnState::Beginning | OpenTurnState::Running(_) => Err(busy(&open.turn)),
            OpenTurnState::Ended => Ok(Retry::SessionFreed),
        }
    }

    pub(super) async fn history(
        &self,
        owner: &UserId,
        session: Option<&SessionId>,
        consistent: bool,
    ) -> Result<Vec<Message>> {
        match session {
            Some(session) => self.store.newest_messages(owner, session, prompt::MAX_MESSAGES, consistent).await,
            None => Ok(Vec::new()),
        }
    }

    /// None for a client that tells the conversation itself. Nobody asks who is being erased.
    async fn history_for(&self, owner: &UserId, ask: &Ask, target: &Target) -> Result<Vec<Message>> {
        let kept = target.session().filter(|_| ask.messages().is_none());
        let (allowed, history) = join!(self.store.check_not_erased(owner), self.history(owner, kept, false));
        allowed.and(history)
    }

    /// The history was read while the session was being taken: if it lacks the last answer, it is read again.
    async fn complete(
        &self,
        owner: &UserId,
        ask: &Ask,
        session: &Session,
        history: Vec<Message>,
    ) -> Result<Vec<Message>> {
        if ask.messages().is_some() || history.last().map(|message| &message.id) == session.last_message.as_ref() {
            return Ok(history);
        }
        self.history(owner, Some(&session.id), true).await
    }

    /// From here on the turn runs by itself, whoever listens.
    fn spawn(&self, attempt: Attempt<'_>, session: &Session, history: Vec<Message>) -> Asked {
        let Attempt { owner, ask, head, model, target, permit } = attempt;
        let feed = Arc::new(Feed::new());
        feed.push(head.started());
        let asked = Asked::new(&head, Follower::live(&feed), None);
        let writer = head.writer.clone();
        let unnamed = matches!(target, Target::New | Target::After(..));
        let fingerprint = ask.messages().filter(|_| unnamed).map(Fingerprint::of);
        let turn = Turn { fingerprint, ..self.turn_of(owner, head, writer, model, feed, ask.deadline) };
        let conversation = heard(ask.client_context.clone(), kept(session, history));
        let beginning = self.beginning(&turn, conversation, Transcript::default());
        self.live.spawn_in(permit, turn.run(beginning, None));
        asked
    }
}

fn is_given_up(target: &Target, log: &Log) -> bool {
    matches!(target, Target::Named(_)) && log.transcript().status() == Status::Waiting
}

/// The history, but for the exchange that this turn stands for.
fn without(history: Vec<Message>, head: &Head) -> Vec<Message> {
    let Some(question) = &head.replaces else { return history };
    let gone = [question.clone(), question.next()];
    history.into_iter().filter(|message| !gone.contains(&message.id)).collect()
}

/// Whether the model's provider runs what is asked for, and beside the tools that the client runs.
fn check_provider(name: &ModelRef, model: &dyn Model, ask: &Ask) -> Result<()> {
    if let Some(tool) = ask.hosted.iter().find(|tool| !model.runs(tool)) {
        let why = format!("The provider of {name} does not run {}.", tool.kind());
        return Err(Error::invalid("tools", why).with_code("tool_not_run"));
    }
    if !ask.hosted.is_empty() && !ask.tools.is_empty() && !model.mixes() {
        let why = format!("{name} takes tools that its provider runs or tools that you run, not both at once.");
        return Err(Error::invalid("tools", why).with_code("tools_not_mixed"));
    }
    Ok(())
}

fn head(
    owner: &UserId,
    ask: &Ask,
    target: &Target,
    model: &ModelRef,
    attempt: u64,
    beyond: Option<&MessageId>,
) -> Head {
    let now = Timestamp::now();
    let fresh_message = MessageId::fresh(now, random::number());
    let digest_of = |what: &str| {
        let key = ask.key.as_deref().unwrap_or_default();
        sha256(&format!("{what}\n{owner}\n{attempt}\n{key}"))
    };
    let keyed = ask.key.is_some();
    let new_session =
        || if keyed { SessionId::derived(&digest_of("session")) } else { SessionId::fresh(now, random::number()) };
    Head {
        turn: if keyed { TurnId::derived(&digest_of("turn")) } else { TurnId::fresh(now, random::number()) },
        session: target.session().cloned().unwrap_or_else(new_session),
        model: model.clone(),
        question_id: beyond.map_or(fresh_message, MessageId::next),
        replaces: None,
        question: ask.question.clone(),
        tools: ask.tools.clone(),
        options: ask.options.clone(),
        hosted: ask.hosted.clone(),
        client_fields: ask.client_fields.clone(),
        body: BASE64_URL_SAFE_NO_PAD.encode(&sha256(&ask.fingerprint())[..16]),
        writer: random::writer(),
        at: now,
    }
}

pub(super) fn sha256(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    bytes
}

fn gone_on() -> Error {
    let why = "The conversation has gone on since then: name its newest answer.";
    Error::invalid("previous_response_id", why).with_code("not_newest")
}

fn busy(turn: &TurnId) -> Error {
    let why =
        format!("Turn {turn} is still open in this session. Follow it, cancel it, or ask again when it has ended.");
    Error::conflict("turn_open", why).naming_turn(turn)
}
