//! The consultant: starts turns, follows them, pictures them, cancels them, and tidies sessions.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use crate::config::{AgentConfig, Config, LlmConfig, Secrets, ToolsConfig};
use crate::domain::{
    Change, Ending, Head, HostedTool, Message, MessageId, Options, Position, PromptMessage, Question, Regenerate,
    Session, SessionChange, SessionId, Status, Timestamp, ToolSpec, TurnEvent, TurnId, Usage, UserId, Wait,
};
use crate::error::{Error, ErrorKind, Result};
use crate::llm::{MadeFiles, ModelRequest, Models};
use crate::net::{Aws, Roots};
use crate::store::{Appended, Log, Record, RecordBody, Store};
use crate::tools::Tools;

use super::close::{self, OpenTurnState};
use super::follow::Follower;
use super::live::Live;
use super::start::sha256;
use super::{prompt, random};

/// How long a canceller waits for the turn to end.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a busy writer may reach the tail before the canceller does.
const CANCEL_TRIES: usize = 16;

pub struct Consultant {
    pub(super) store: Store,
    pub(super) config: AgentConfig,
    pub(super) live: Live,
    tools_config: ToolsConfig,
    pub(super) llm: LlmConfig,
    pub(super) roots: Roots,
    aws: Arc<Aws>,
    pub(super) secrets: Arc<Secrets>,
    tools: OnceLock<Tools>,
    models: OnceLock<Models>,
    pub(super) made_files: OnceLock<MadeFiles>,
}

/// What a user wants to know.
pub struct Ask {
    pub target: Target,
    pub question: Question,
    pub client_context: Option<ClientContext>,
    /// It asks the last question again: the answer then takes the place of this one.
    pub regenerate: Option<Regenerate>,
    pub model: Option<String>,
    /// The tools that the client runs.
    pub tools: Vec<ToolSpec>,
    pub options: Options,
    /// The tools that the provider runs.
    pub hosted: Vec<HostedTool>,
    /// What its client has said of it beside, and wants to hear again, in the client's words.
    pub client_fields: Option<String>,
    /// The client's idempotency key.
    pub key: Option<String>,
    /// When this host will be gone.
    pub deadline: Option<SystemTime>,
}

/// Where a question goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A new session; or the one that a client's conversation is recognised by.
    New,
    /// A session that has to be there.
    Known(SessionId),
    /// A client's own name for a session, which is made if it is not there.
    Named(SessionId),
    /// The session that a conversation was recognised by: if it does not end with this message, another one is made.
    After(SessionId, MessageId),
    /// A session that has to end with this message.
    Next(SessionId, MessageId),
}

impl Target {
    /// A client's own name; one that is no id of ours stands as its digest.
    pub fn named(name: &str) -> Self {
        Self::Named(SessionId::parse(name).unwrap_or_else(|_| SessionId::of_digest(&sha256(name))))
    }

    pub(super) fn session(&self) -> Option<&SessionId> {
        match self {
            Self::New => None,
            Self::Known(session) | Self::Named(session) | Self::After(session, _) | Self::Next(session, _) => {
                Some(session)
            }
        }
    }

    /// The message that has to be its newest.
    pub(super) fn last(&self) -> Option<&MessageId> {
        match self {
            Self::After(_, last) | Self::Next(_, last) => Some(last),
            Self::New | Self::Known(_) | Self::Named(_) => None,
        }
    }
}

/// What a client tells beside its question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientContext {
    /// Instead of what the session says.
    pub system: Option<String>,
    /// The conversation, oldest first, without the question; none when its session has kept it.
    pub messages: Option<Vec<PromptMessage>>,
}

impl Ask {
    /// The conversation, if the client keeps it itself.
    pub(super) fn messages(&self) -> Option<&[PromptMessage]> {
        self.client_context.as_ref()?.messages.as_deref()
    }

    /// What makes two requests the same.
    pub(super) fn fingerprint(&self) -> String {
        let question = serde_json::to_string(self.question.parts()).unwrap_or_default();
        let session = self.target.session().map_or("", SessionId::as_str);
        let tools = serde_json::to_string(&(&self.tools, &self.hosted)).unwrap_or_default();
        let options = serde_json::to_string(&self.options).unwrap_or_default();
        let client_context =
            self.client_context.as_ref().map_or_else(String::new, |client_context| format!("{client_context:?}"));
        let model = self.model.as_deref().unwrap_or_default();
        let client_fields = self.client_fields.as_deref().unwrap_or_default();
        format!("{session}\n{model}\n{question}\n{tools}\n{options}{client_context}{client_fields}")
    }
}

/// A turn that answers, and a view of it.
pub struct Asked {
    pub turn: TurnId,
    pub session: SessionId,
    pub events: Follower,
    /// Where it ends, if it has ended.
    pub end: Option<Position>,
}

impl Asked {
    pub(super) fn new(head: &Head, events: Follower, end: Option<Position>) -> Self {
        Self { turn: head.turn.clone(), session: head.session.clone(), events, end }
    }
}

/// A turn as it stands.
pub struct TurnView {
    pub head: Head,
    pub question: Message,
    /// None until something was said.
    pub answer: Option<Message>,
    pub status: Status,
    pub ended_at: Option<Timestamp>,
    pub usage: Usage,
    pub ending: Option<Ending>,
    pub waits: Vec<Wait>,
}

impl Consultant {
    pub fn new(config: &Config, store: &Store, aws: &Arc<Aws>, secrets: &Arc<Secrets>) -> Self {
        Self {
            store: store.clone(),
            config: config.agent.clone(),
            live: Live::new(config.agent.max_turns),
            tools_config: config.tools.clone(),
            llm: config.llm.clone(),
            roots: config.roots,
            aws: Arc::clone(aws),
            secrets: Arc::clone(secrets),
            tools: OnceLock::new(),
            models: OnceLock::new(),
            made_files: OnceLock::new(),
        }
    }

    /// Made on the first question: functions that ask nobody are not linked with what it takes to ask.
    pub(super) fn models(&self) -> &Models {
        self.models.get_or_init(|| Models::new(&self.llm, self.roots, &self.aws, &self.secrets))
    }

    /// Made on first use, for the same reason.
    pub fn tools(&self) -> &Tools {
        self.tools.get_or_init(|| Tools::new(&self.tools_config, self.roots, &self.store))
    }

    pub fn live(&self) -> &Live {
        &self.live
    }

    /// A view of the turn from its first event on; 404 unless it is this owner's.
    pub async fn follow(&self, owner: &UserId, turn: &TurnId) -> Result<Asked> {
        self.follow_turn(owner, turn).await.map(|(asked, _)| asked)
    }

    pub(super) async fn follow_turn(&self, owner: &UserId, turn: &TurnId) -> Result<(Asked, Status)> {
        let log = self.log(owner, turn).await?;
        Ok(self.view_of(owner, &log))
    }

    pub(super) fn view_of(&self, owner: &UserId, log: &Log) -> (Asked, Status) {
        let (turn, status) = (&log.head.turn, log.transcript().status());
        let feed = self.live.feed(owner, turn).filter(|_| status == Status::Running);
        let events = match feed {
            Some(feed) => Follower::live(&feed),
            None => Follower::stored(&self.store, owner, log, self.config.lease),
        };
        let end = (status != Status::Running).then(|| log.end());
        (Asked::new(&log.head, events, end), status)
    }

    /// About how many tokens a model would read of this, with what it is told besides.
    pub fn count(&self, client_context: ClientContext, tools: &[ToolSpec]) -> u64 {
        let ClientContext { system, messages } = client_context;
        let system = system.unwrap_or_else(|| self.config.system_prompt.clone());
        let tools = self.tools().toolbox(tools).specs();
        prompt::tokens(&ModelRequest {
            system,
            messages: messages.unwrap_or_default(),
            tools,
            ..ModelRequest::default()
        })
    }

    pub async fn turn(&self, owner: &UserId, turn: &TurnId) -> Result<TurnView> {
        self.log(owner, turn).await.map(|log| view(&log))
    }

    /// Asks the turn to stop, wherever it is written, and waits a little until it has. Cancelling a turn that
    /// has ended changes nothing.
    pub async fn cancel(&self, owner: &UserId, turn: &TurnId) -> Result<TurnView> {
        let mut log = self.log(owner, turn).await?;
        for _ in 0..CANCEL_TRIES {
            if log.is_ended() || log.is_cancelled() {
                break;
            }
            self.append_cancel(owner, &log).await?;
            log = self.log(owner, turn).await?;
        }
        let patience = Instant::now() + CANCEL_TIMEOUT;
        while !log.is_ended() && Instant::now() < patience {
            sleep(Duration::from_millis(100)).await;
            log = self.log(owner, turn).await?;
        }
        Ok(view(&log))
    }

    async fn append_cancel(&self, owner: &UserId, log: &Log) -> Result<()> {
        let writer = format!("canceller-{}", random::writer());
        let (seq, end) = (log.next_seq(), log.end());
        let record = Record { seq, from: end, to: end, said: RecordBody::Cancel, writer, at: Timestamp::now() };
        match self.store.append(owner, &log.head.turn, &record).await? {
            // Taken: the writer was faster, so look again. Both are found in the log that is read next.
            Appended::Done | Appended::Taken(_) => Ok(()),
        }
    }

    /// The turn that this place waits for now, from its first event on.
    pub async fn follow_open(&self, owner: &UserId, target: &Target) -> Result<Option<Asked>> {
        let Some(turn) = self.open_turn(owner, target).await? else { return Ok(None) };
        or_none(self.follow(owner, &turn).await)
    }

    /// Cancels the turn that this place waits for, if there is one.
    pub async fn cancel_open(&self, owner: &UserId, target: &Target) -> Result<()> {
        let Some(turn) = self.open_turn(owner, target).await? else { return Ok(()) };
        or_none(self.cancel(owner, &turn).await).map(|_| ())
    }

    async fn open_turn(&self, owner: &UserId, target: &Target) -> Result<Option<TurnId>> {
        let Some(session) = target.session() else { return Ok(None) };
        let session = or_none(self.store.session(owner, session).await)?;
        Ok(session.and_then(|session| session.open_turn).map(|open| open.turn))
    }

    /// A new session, under the client's own id if it brings one.
    pub async fn create_session(
        &self,
        owner: &UserId,
        id: Option<SessionId>,
        wanted: SessionChange,
    ) -> Result<Session> {
        let now = Timestamp::now();
        let system_prompt = match wanted.system_prompt {
            Change::Set(prompt) => Some(prompt.as_str().to_owned()),
            Change::Clear | Change::Keep => None,
        };
        let session = Session {
            id: id.unwrap_or_else(|| SessionId::fresh(now, random::number())),
            title: wanted.title.map(|title| title.as_str().to_owned()),
            system_prompt,
            model: wanted.model,
            archived: wanted.archived.unwrap_or_default(),
            metadata: wanted.metadata.unwrap_or_default(),
            created_at: now,
            updated_at: now,
            open_turn: None,
            last_message: None,
            created_by: random::writer(),
        };
        self.store.check_not_erased(owner).await?;
        self.store.create_session(owner, &session).await?;
        Ok(session)
    }

    /// The session, its open turn ended if its writer has gone; and the open turn, if there still is one.
    pub async fn session(&self, owner: &UserId, id: &SessionId) -> Result<(Session, Option<TurnView>)> {
        let session = self.store.session(owner, id).await?;
        let Some(open) = session.open_turn.clone() else { return Ok((session, None)) };
        let found = close::open_turn(&self.store, owner, &session, &open.turn, self.config.lease);
        match Box::pin(found).await? {
            OpenTurnState::Running(log) => Ok((session, Some(view(&log)))),
            OpenTurnState::Beginning => Ok((session, None)),
            OpenTurnState::Ended => Ok((self.store.session(owner, id).await?, None)),
        }
    }

    /// Deletes the session: gone for every reader first, then its open turn stopped, then all it held.
    pub async fn delete_session(&self, owner: &UserId, id: &SessionId) -> Result<()> {
        let by = random::writer();
        let session = self.store.mark_session_deleted(owner, id, &by).await?;
        if let Some(open) = session.open_turn {
            match self.cancel(owner, &open.turn).await {
                Ok(_) => self.write_off(owner, &open.turn).await?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        while !self.store.empty_session(owner, id).await?.1 {}
        self.store.delete_files(owner, id).await?;
        self.store.let_tombstone_expire(owner, id, Timestamp::now()).await
    }

    /// What a deleted session's turn has cost so far is counted, even if its writer has gone; then its log goes.
    async fn write_off(&self, owner: &UserId, turn: &TurnId) -> Result<()> {
        if let Some(log) = self.store.log(owner, turn, Timestamp::now()).await? {
            let mut said = log.transcript();
            if said.ending().is_none() {
                said.add(&TurnEvent::Ended(Ending::Cancelled));
            }
            let answer = close::answer(&log.head, &said, log.last_at());
            close::close(&self.store, owner, &log.head, &answer).await?;
        }
        self.store.delete_log(owner, turn).await.map(|_| ())
    }

    pub(super) async fn log(&self, owner: &UserId, turn: &TurnId) -> Result<Log> {
        let log = Box::pin(close::log(&self.store, owner, turn, self.config.lease)).await?;
        log.ok_or_else(|| Error::not_found("turn"))
    }
}

/// What is not there is none.
fn or_none<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn view(log: &Log) -> TurnView {
    let transcript = log.transcript();
    let answer = close::answer(&log.head, &transcript, log.last_at());
    TurnView {
        question: close::question(&log.head),
        status: answer.status,
        answer: (!answer.parts.is_empty()).then_some(answer),
        ended_at: transcript.ending().map(|_| log.last_at()),
        usage: transcript.usage(),
        waits: transcript.waits().open().to_vec(),
        ending: transcript.ending().cloned(),
        head: log.head.clone(),
    }
}
