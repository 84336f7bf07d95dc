//! Two writes of one item at once, one of them in a transaction: `DynamoDB` refuses one of them and means "again".
//! The SDK would take that for a refusal for good.

use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};

/// What a transaction may say of one of its items without meaning it for good.
const PASSING: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

#[derive(Debug)]
pub(super) struct Conflicts;

impl ClassifyRetry for Conflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(|reply| reply.err()?.as_operation_error());
        if error.is_some_and(passes) { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "conflicts of transactions"
    }
}

fn passes(error: &Error) -> bool {
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.downcast_ref() {
        return is_passing(cancelled);
    }
    is(error, UpdateItemError::is_transaction_conflict_exception)
        || is(error, PutItemError::is_transaction_conflict_exception)
        || is(error, DeleteItemError::is_transaction_conflict_exception)
}

fn is<E: std::error::Error + Send + Sync + 'static>(error: &Error, conflict: fn(&E) -> bool) -> bool {
    error.downcast_ref().is_some_and(conflict)
}

/// Whether nothing stands against the transaction but the moment.
pub(super) fn is_passing(cancelled: &TransactionCanceledException) -> bool {
    let mut codes =
        cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code()).filter(|code| *code != "None");
    let first = codes.next();
    first.is_some_and(|code| PASSING.contains(&code)) && codes.all(|code| PASSING.contains(&code))
}
