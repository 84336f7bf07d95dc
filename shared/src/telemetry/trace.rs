//! What work belongs to: a request, its trace, whose it is. It is carried beside the work, so that nobody has to hand
//! it on, and every line and every call of a provider names it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use http::HeaderMap;

use crate::domain::{SessionId, TurnId, UserId};
use crate::error::{Error, ErrorKind};

use super::counts::TurnCounters;
use super::ids;

tokio::task_local! {
    static CURRENT: Trace;
}

/// One piece of work: a request, a turn, a call.
#[derive(Clone)]
pub struct Trace(Arc<Work>);

struct Work {
    request_id: String,
    trace_id: String,
    span_id: String,
    parent: Option<String>,
    sampled: bool,
    began: (SystemTime, Instant),
    user: OnceLock<UserId>,
    turn: Option<(TurnId, SessionId)>,
    /// Those of the turn that this is part of.
    counts: Arc<TurnCounters>,
    failure: Mutex<Option<Failure>>,
}

/// Why it went wrong, as logs may hold it.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: ErrorKind,
    pub(super) code: String,
    pub(super) cause: Option<String>,
}

impl Trace {
    /// A request has come; its trace is its caller's, if that has one.
    pub fn of_request(request_id: String, headers: &HeaderMap) -> Self {
        let caller = ids::caller(headers);
        Self(Arc::new(Work {
            request_id,
            sampled: caller.as_ref().is_none_or(|caller| caller.sampled),
            parent: caller.as_ref().and_then(|caller| caller.span.clone()),
            trace_id: caller.map_or_else(ids::fresh_trace, |caller| caller.trace),
            span_id: ids::fresh_span(),
            began: (SystemTime::now(), Instant::now()),
            user: OnceLock::new(),
            turn: None,
            counts: Arc::default(),
            failure: Mutex::default(),
        }))
    }

    /// That of the work at hand, if it belongs to any.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// A turn, for the request that began it or let it go on.
    pub fn of_turn(turn: &TurnId, session: &SessionId, user: &UserId) -> Self {
        let request = Self::current().unwrap_or_else(|| Self::of_request("-".to_owned(), &HeaderMap::new()));
        let turn = Some((turn.clone(), session.clone()));
        Self(Arc::new(Work { turn, user: user.clone().into(), counts: Arc::default(), ..request.inner() }))
    }

    /// A call that is part of the work at hand.
    pub(super) fn of_call() -> Option<Self> {
        Self::current().map(|work| Self(Arc::new(work.inner())))
    }

    /// Work inside of this.
    fn inner(&self) -> Work {
        let Work { request_id, trace_id, span_id, sampled, user, turn, counts, .. } = &*self.0;
        Work {
            request_id: request_id.clone(),
            trace_id: trace_id.clone(),
            span_id: ids::fresh_span(),
            parent: Some(span_id.clone()),
            sampled: *sampled,
            began: (SystemTime::now(), Instant::now()),
            user: user.clone(),
            turn: turn.clone(),
            counts: Arc::clone(counts),
            failure: Mutex::default(),
        }
    }

    /// Does this work.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), work)
    }

    /// It is this user's.
    pub fn is_for(&self, user: &UserId) {
        let _ = self.0.user.set(user.clone());
    }

    /// What the next service on the way receives, as W3C writes it.
    pub fn traceparent(&self) -> String {
        let Work { trace_id, span_id, sampled, .. } = &*self.0;
        format!("00-{trace_id}-{span_id}-0{}", u8::from(*sampled))
    }

    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The provider's own name for the call at hand, for an operator who has to ask the provider about it.
    pub fn provider_calls_it(&self, id: &str) {
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.' | b':');
        if (1..=100).contains(&id.len()) && id.bytes().all(is_plain) {
            self.0.counts.provider_calls_it(id);
        }
    }

    pub(super) fn is_sampled(&self) -> bool {
        self.0.sampled
    }

    pub(super) fn span_id(&self) -> &str {
        &self.0.span_id
    }

    /// The span that this one is part of.
    pub(super) fn parent(&self) -> Option<&str> {
        self.0.parent.as_deref()
    }

    pub(super) fn began(&self) -> SystemTime {
        self.0.began.0
    }

    pub(super) fn trace_id(&self) -> &str {
        &self.0.trace_id
    }

    pub(super) fn user(&self) -> Option<&UserId> {
        self.0.user.get()
    }

    pub(super) fn turn(&self) -> Option<&(TurnId, SessionId)> {
        self.0.turn.as_ref()
    }

    pub(super) fn counts(&self) -> &TurnCounters {
        &self.0.counts
    }

    pub(super) fn took(&self) -> Duration {
        self.0.began.1.elapsed()
    }

    pub(super) fn failure(&self) -> Option<Failure> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The work at hand goes wrong by this error: its record will say so, once.
pub fn note(error: &Error) {
    let note = |work: &Trace| {
        let failure = Failure { kind: error.kind(), code: error.code().to_string(), cause: error.cause() };
        *work.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    };
    // Without work there is no record, so this is it.
    if CURRENT.try_with(note).is_err() {
        tracing::warn!(%error, "failed");
    }
}

/// A task of its own that belongs to what is being done now.
pub fn carried<T>(task: impl Future<Output = T>) -> impl Future<Output = T> {
    let work = Trace::current();
    async move {
        match work {
            Some(work) => work.scope(task).await,
            None => task.await,
        }
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
