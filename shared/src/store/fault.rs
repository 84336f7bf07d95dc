//! What the AWS SDK says, as our errors: a store that is away is another thing than a fault of ours.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};

use crate::error::{Error, Result, chain};

use super::attributes::AttributeMap;
use super::{conflicts, unreadable};

/// These pass: the same call may go through in a moment.
const PASSING: [&str; 7] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "TransactionConflictException",
    "LimitExceededException",
];

/// For `map_err`: what went wrong while we did this.
pub(super) fn during<E>(what: &str) -> impl FnOnce(SdkError<E>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    move |error| {
        let passing = match &error {
            SdkError::ServiceError(reply) => {
                let known = reply.err().code().is_some_and(|code| PASSING.contains(&code));
                known || reply.raw().status().is_server_error()
            }
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
            _ => false,
        };
        fault(passing, &error, what)
    }
}

fn fault<E>(passing: bool, error: &SdkError<E>, what: &str) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let cause = format!("{what}: {}", cause(error));
    if passing { Error::unavailable("store").because(cause) } else { Error::internal(cause) }
}

/// The code of what the service says, never its words: they may repeat an item.
fn cause<E>(error: &SdkError<E>) -> String
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::ServiceError(reply) => {
            format!("status {}, code {}", reply.raw().status().as_u16(), reply.err().code().unwrap_or("-"))
        }
        SdkError::ResponseError(_) => "its reply could not be read".to_owned(),
        other => chain(other),
    }
}

/// A conditional write that did not happen, and the item that stood in its way if the write asked to see it.
pub(super) struct Refused(pub Option<AttributeMap>);

impl Refused {
    /// For a write that asked to see it.
    pub(super) fn item(self) -> Result<AttributeMap> {
        self.0.ok_or_else(|| unreadable("refused by an item that cannot be seen"))
    }
}

/// What became of a conditional write: done, or refused. A fault is the outer error, so that `?` returns it early.
pub(super) fn conditional<T, E>(reply: Result<T, SdkError<E>>, what: &str) -> Result<Result<T, Refused>>
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    aws_sdk_dynamodb::Error: From<SdkError<E>>,
{
    let error = match reply {
        Ok(done) => return Ok(Ok(done)),
        Err(error) => error,
    };
    if error.code() != Some("ConditionalCheckFailedException") {
        return Err(during(what)(error));
    }
    Ok(Err(Refused(match error.into() {
        aws_sdk_dynamodb::Error::ConditionalCheckFailedException(refusal) => refusal.item,
        _ => None,
    })))
}

/// The same for a transaction: the first of its conditions that failed refuses it.
pub(super) fn transaction(
    reply: Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError>>,
    what: &str,
) -> Result<Result<(), Refused>> {
    let Err(error) = reply else { return Ok(Ok(())) };
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Err(during(what)(error));
    };
    let mut reasons = cancelled.cancellation_reasons().iter();
    match reasons.find(|reason| reason.code() == Some("ConditionalCheckFailed")) {
        Some(reason) => Ok(Err(Refused(reason.item().cloned()))),
        None => Err(fault(conflicts::is_passing(cancelled), &error, what)),
    }
}
