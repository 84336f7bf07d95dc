//! Lists: `?limit` and an opaque cursor, sealed for one user and one list; or `?limit` and `?offset`, for clients that
//! know no cursors.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::domain::UserId;
use crate::error::{Error, Result, codes};

use super::extract::Query;

const USUAL: usize = 20;
const MAX: usize = 100;
const MAX_OFFSET: usize = 1_000_000;

/// What part of a list is wanted.
pub struct Page {
    pub limit: usize,
    cursor: Option<String>,
}

/// One page of a list.
#[derive(Serialize)]
pub struct PageReply<T> {
    pub data: Vec<T>,
    /// Where the next page begins; null after the last.
    pub next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(PageQuery { limit, cursor }) = Query::from_request_parts(parts, state).await?;
        let limit = limit.map_or(Ok(USUAL), |text| text.parse());
        match limit {
            Ok(limit) if (1..=MAX).contains(&limit) => Ok(Self { limit, cursor }),
            _ => Err(Error::invalid("limit", "limit is a number from 1 to 100.")),
        }
    }
}

impl Page {
    /// Where the list goes on, as we once wrote it; 400 if it is not ours, another user's or another list's.
    pub async fn mark(&self, app: &App, user: &UserId, list: &str) -> Result<Option<String>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let mark = app.tokens.unseal(&purpose(user, list), cursor).await?;
        mark.map(Some).ok_or_else(|| Error::new(codes::BAD_CURSOR, "This cursor does not belong to this list."))
    }

    pub async fn cursor(app: &App, user: &UserId, list: &str, mark: Option<String>) -> Result<Option<String>> {
        match mark {
            Some(mark) => app.tokens.seal(&purpose(user, list), &mark).await.map(Some),
            None => Ok(None),
        }
    }
}

fn purpose(user: &UserId, list: &str) -> String {
    format!("{user} {list}")
}

/// What part of a list is wanted by a client that counts; `USUAL` is how much if it does not say.
pub struct OffsetPage<const USUAL: usize> {
    pub limit: usize,
    pub offset: usize,
}

#[derive(Deserialize)]
struct WindowQuery {
    limit: Option<String>,
    offset: Option<String>,
}

impl<const USUAL: usize> OffsetPage<USUAL> {
    /// How much of the list has to be read for it.
    pub fn end(&self) -> usize {
        self.offset + self.limit
    }
}

impl<const USUAL: usize, S: Send + Sync> FromRequestParts<S> for OffsetPage<USUAL> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(WindowQuery { limit, offset }) = Query::from_request_parts(parts, state).await?;
        let limit = limit.map_or(Ok(USUAL), |text| text.parse()).ok().filter(|limit| (1..=MAX).contains(limit));
        let limit = limit.ok_or_else(|| Error::invalid("query.limit", "limit is a number from 1 to 100."))?;
        let offset = offset.map_or(Ok(0), |text| text.parse()).ok().filter(|offset| *offset <= MAX_OFFSET);
        let offset = offset.ok_or_else(|| Error::invalid("query.offset", "offset is a number up to 1000000."))?;
        Ok(Self { limit, offset })
    }
}
