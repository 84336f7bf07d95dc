//! Extractors whose refusals are our own problems: body, path, query, dialect, idempotency key.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use futures::StreamExt;
use http::header;
use http::request::Parts;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use tokio::time::timeout;

use crate::domain::SessionId;
use crate::error::{Error, codes};
use crate::wire::Dialect;

use super::problem::Problem;

const MAX_BODY_BYTES: usize = 1 << 20;
/// Who sends more than this is cut off.
const MAX_READ_BYTES: usize = 16 << 20;

/// A client has so long to send the whole of it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body. Malformed JSON is 400, JSON of another shape is 422 and names the field.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = axum::response::Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        use axum::response::IntoResponse;
        if !is_json(request.headers()) {
            let error = Error::new(codes::NOT_JSON, "Send JSON, with content-type application/json.");
            return Err(Problem::from(&error).into_response());
        }
        let body = read(request.into_body()).await.and_then(|bytes| parse(&bytes));
        body.map(Self).map_err(IntoResponse::into_response)
    }
}

/// A body that does not come is not waited for.
pub(super) async fn read(body: Body) -> Result<Vec<u8>, Error> {
    read_within(TIMEOUT, body).await
}

async fn read_within(patience: Duration, body: Body) -> Result<Vec<u8>, Error> {
    let late = |_| Error::new(codes::BODY_TOO_SLOW, "The body did not come in time.");
    timeout(patience, read_whole(body)).await.map_err(late)?
}

/// Too much is refused, but read: a client that is still sending would not hear the answer.
async fn read_whole(body: Body) -> Result<Vec<u8>, Error> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let unreadable = |cause| Error::new(codes::BODY_UNREADABLE, "The body could not be read.").because(cause);
        let piece = piece.map_err(unreadable)?;
        length += piece.len();
        if length <= MAX_BODY_BYTES {
            bytes.extend_from_slice(&piece);
        } else if length > MAX_READ_BYTES {
            break;
        }
    }
    if length > MAX_BODY_BYTES { Err(Error::too_large("A body may have at most 1 MB.")) } else { Ok(bytes) }
}

fn is_json(headers: &http::HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // A list would fit a struct, too, field by field; nobody has promised that order.
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    if !is_object && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        return Err(Error::invalid(".", "expected an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut deserializer);
    let body = body.map_err(|error| {
        let field = error.path().to_string();
        match error.into_inner() {
            fault if fault.classify() == Category::Data => Error::invalid(&field, shape(&field, &fault)),
            fault => malformed(&fault),
        }
    })?;
    deserializer.end().map_err(|fault| malformed(&fault))?;
    Ok(body)
}

/// The parser's own words, which name types and fields; not the value, which is the user's.
fn shape(field: &str, fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let detail = match text.rsplit_once("expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if may_be_told(text) => text.to_owned(),
        None => "cannot be used".to_owned(),
    };
    if field == "." { detail } else { format!("{field}: {detail}") }
}

/// What names a field, and what our own types say: their words begin with a capital, the parser's do not.
fn may_be_told(text: &str) -> bool {
    text.starts_with("missing field") || text.starts_with("duplicate field") || text.starts_with(char::is_uppercase)
}

fn malformed(fault: &serde_json::Error) -> Error {
    let place = format!("The body is no JSON: line {}, column {}.", fault.line(), fault.column());
    Error::new(codes::MALFORMED_JSON, place)
}

/// Path parameters. One that cannot be an id is not there.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| Error::not_found("resource"))
    }
}

/// Query parameters.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        let why = "A parameter of the query cannot be read.";
        query.map(|query| Self(query.0)).map_err(|cause| Error::new(codes::BAD_QUERY, why).because(cause))
    }
}

/// The session that a path names as a conversation, by UUID.
pub struct Conversation(pub SessionId);

#[derive(Deserialize)]
struct ConversationPath {
    conversation: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Conversation {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Path(ConversationPath { conversation }) = Path::from_request_parts(parts, state).await?;
        SessionId::from_uuid(&conversation).map(Self).ok_or_else(|| Error::not_found("conversation"))
    }
}

/// The dialect in which the caller wants to be answered: `?dialect=`.
pub struct Wanted(pub Dialect);

/// The same where it depends what is usual.
pub struct Preferred(pub Option<Dialect>);

#[derive(Deserialize)]
struct WantedQuery {
    dialect: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Preferred(dialect) = Preferred::from_request_parts(parts, state).await?;
        Ok(Self(dialect.unwrap_or(Dialect::Ui)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Preferred {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(WantedQuery { dialect }) = Query::from_request_parts(parts, state).await?;
        dialect.map(|name| Dialect::parse(&name)).transpose().map(Self)
    }
}

/// The session that an IDE's plug-in goes on with: the header `session_id`, or as it may be called where a proxy drops
/// headers with underscores.
pub struct SessionHeader(pub Option<SessionId>);

impl<S: Send + Sync> FromRequestParts<S> for SessionHeader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let value = ["session_id", "session-id", "x-session-id"].iter().find_map(|name| parts.headers.get(*name));
        let bad = || Error::invalid("session_id", "A session id is 1 to 64 characters of A-Z a-z 0-9 _ -.");
        let id = |value: &http::HeaderValue| value.to_str().ok().and_then(|id| SessionId::parse(id.trim()).ok());
        value.filter(|value| !value.is_empty()).map(|value| id(value).ok_or_else(bad)).transpose().map(Self)
    }
}

/// The `Idempotency-Key` header, if there is one.
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        match value.to_str().map(str::trim) {
            Ok(key) if (1..=255).contains(&key.len()) => Ok(Self(Some(key.to_owned()))),
            _ => Err(Error::new(codes::BAD_IDEMPOTENCY_KEY, "An Idempotency-Key is 1 to 255 visible characters.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let begun = stream::iter([Ok::<_, Infallible>("{")]).chain(stream::pending());
        let error = read_within(Duration::from_millis(20), Body::from_stream(begun)).await.unwrap_err();
        assert_eq!(error.code(), "body_too_slow");
    }
}
