//! `search_history`: one's own messages that hold some words, newest first. It reads a bounded number of them
//! and says so when that was not all.

mod matching;

use std::cmp::Reverse;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{Message, MessageId, Role, Session, SessionId, Timestamp, ToolSpec, UserId};
use crate::error::Result;
use crate::store::{Order, Store};

use super::{Tool, ToolContext, ToolFault, parse};
use matching::{SearchWords, text};

const MAX_SESSIONS: usize = 25;
const MAX_MESSAGES: usize = 100;
/// How many sessions are read at once.
const CONCURRENCY: usize = 4;
const MAX_FOUND: usize = 20;

pub(super) struct SearchHistory {
    store: Store,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    query: String,
    #[serde(default = "usual_limit")]
    limit: usize,
}

fn usual_limit() -> usize {
    5
}

#[derive(Serialize)]
struct Found {
    session: SessionId,
    message: MessageId,
    role: Role,
    at: Timestamp,
    excerpt: String,
}

/// What one session came to.
struct Searched {
    found: Vec<Found>,
    messages: usize,
    whole: bool,
}

impl SearchHistory {
    pub(super) fn new(store: &Store) -> Self {
        Self { store: store.clone() }
    }

    async fn search(&self, arguments: &Value, context: &ToolContext) -> Result<Value, ToolFault> {
        let Arguments { query, limit } = parse(arguments)?;
        let words = SearchWords::parse(&query)?;
        if !(1..=MAX_FOUND).contains(&limit) {
            return Err(ToolFault::arguments("limit", "limit is a number from 1 to 20."));
        }
        let (sessions, more_sessions) = self.store.sessions(&context.owner, MAX_SESSIONS, None).await?;
        let words = &words;
        let search = |session: Session| async move { self.search_in(&context.owner, session.id, words).await };
        let searched: Vec<Searched> = stream::iter(sessions).map(search).buffered(CONCURRENCY).try_collect().await?;
        let whole = !more_sessions && searched.iter().all(|session| session.whole);
        let messages: usize = searched.iter().map(|session| session.messages).sum();
        let mut found: Vec<Found> = searched.into_iter().flat_map(|session| session.found).collect();
        found.sort_by_key(|found| Reverse(found.at));
        let total = found.len();
        found.truncate(limit);
        Ok(json!({ "found": found, "total": total, "searched_messages": messages, "searched_all": whole }))
    }

    async fn search_in(&self, owner: &UserId, session: SessionId, words: &SearchWords) -> Result<Searched> {
        let page = self.store.messages(owner, &session, MAX_MESSAGES, Order::NewestFirst, None).await?;
        let found = page.messages.iter().filter_map(|message| find(&session, message, words)).collect();
        Ok(Searched { found, messages: page.messages.len(), whole: !page.more })
    }
}

fn find(session: &SessionId, message: &Message, words: &SearchWords) -> Option<Found> {
    let excerpt = words.find_in(&text(&message.parts))?;
    let Message { id, role, created_at: at, .. } = message;
    Some(Found { session: session.clone(), message: id.clone(), role: *role, at: *at, excerpt })
}

impl Tool for SearchHistory {
    fn spec(&self) -> ToolSpec {
        let about = "Searches the user's earlier conversations, newest first, for messages that hold all the words.";
        ToolSpec {
            name: "search_history".to_owned(),
            description: about.to_owned(),
            parameters: json!({
                "type": "object",
                "properties": {
                    "query": { "type": "string", "description": "One to ten words, or parts of words." },
                    "limit": { "type": "integer", "minimum": 1, "maximum": MAX_FOUND, "default": usual_limit() },
                },
                "required": ["query"],
                "additionalProperties": false,
            }),
        }
    }

    fn call<'a>(&'a self, arguments: &'a Value, context: &'a ToolContext) -> BoxFuture<'a, Result<Value, ToolFault>> {
        self.search(arguments, context).boxed()
    }
}
