//! What the AWS SDK says, as our errors: a store that is away is another thing than a fault of ours.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;

use std::collections::HashMap;

use crate::error::{Error, chain};

use super::conflicts;

pub(super) type AttributeMap = HashMap<String, AttributeValue>;

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

#[expect(clippy::needless_pass_by_value, reason = "so that it fits map_err")]
pub(super) fn of<E>(error: SdkError<E>, what: &str) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::ServiceError(reply) => {
            let known = reply.err().code().is_some_and(|code| PASSING.contains(&code));
            known || reply.raw().status().is_server_error()
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        _ => false,
    };
    let cause = format!("{what}: {}", cause(&error));
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

/// A conditional write that did not happen, and the item that stood in its way.
pub(super) enum Refused {
    ByItem(Option<AttributeMap>),
    ByFault(Error),
}

pub(super) fn of_put(error: SdkError<PutItemError>, what: &str) -> Refused {
    if let Some(PutItemError::ConditionalCheckFailedException(refusal)) = error.as_service_error() {
        return Refused::ByItem(refusal.item().cloned());
    }
    Refused::ByFault(of(error, what))
}

pub(super) fn of_update(error: SdkError<UpdateItemError>, what: &str) -> Refused {
    if let Some(UpdateItemError::ConditionalCheckFailedException(refusal)) = error.as_service_error() {
        return Refused::ByItem(refusal.item().cloned());
    }
    Refused::ByFault(of(error, what))
}

/// A transaction of which one item stood in the way.
pub(super) fn of_transaction(error: SdkError<TransactWriteItemsError>, what: &str) -> Refused {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Refused::ByFault(of(error, what));
    };
    let mut reasons = cancelled.cancellation_reasons().iter();
    if let Some(reason) = reasons.find(|reason| reason.code() == Some("ConditionalCheckFailed")) {
        return Refused::ByItem(reason.item().cloned());
    }
    let cause = format!("{what}: {}", cause(&error));
    let passing = conflicts::is_passing(cancelled);
    Refused::ByFault(if passing { Error::unavailable("store").because(cause) } else { Error::internal(cause) })
}
