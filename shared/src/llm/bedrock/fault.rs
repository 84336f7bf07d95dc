//! What the service's refusals mean to us. Its words stay in the log, and of those only the code.

use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;

use crate::error::{Error, chain};
use crate::llm::pump::{cut, garbled};

const BUSY: &str = "The model's provider is asked too much at the moment. Please ask again later.";

/// Before the first token.
pub(super) fn refused(error: SdkError<ConverseStreamError, HttpResponse>) -> Error {
    let Some(status) = error.raw_response().map(|reply| reply.status().as_u16()) else {
        let error = error.into_source().unwrap_or_else(Into::into);
        return Error::upstream("model_unreachable", "The model's provider could not be reached.").because(error);
    };
    let cause = format!("provider replied {status}, code {}", code(&error));
    let (code, public) = match status {
        401 | 403 => ("model_refused_us", "The model's provider does not accept this service's credentials."),
        404 => ("model_not_found", "The model's provider does not know this model."),
        429 => ("model_busy", BUSY),
        // The model, not the request: it took too long, or failed.
        408 | 424 | 500.. => ("model_unavailable", "The model's provider is not available at the moment."),
        _ => ("model_refused", "The model's provider does not accept this request."),
    };
    Error::upstream(code, public).because(cause)
}

/// In the middle of the stream.
pub(super) fn broken<R>(error: &SdkError<ConverseStreamOutputError, R>) -> Error
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    use ConverseStreamOutputError::{ServiceUnavailableException, ThrottlingException};
    match error {
        SdkError::ServiceError(said) => {
            let busy = matches!(said.err(), ThrottlingException(_) | ServiceUnavailableException(_));
            let cause = format!("exception {}", code(said.err()));
            let error = if busy {
                Error::upstream("model_busy", BUSY)
            } else {
                Error::upstream("model_failed", "The model's provider reported an error.")
            };
            error.because(cause)
        }
        // The SDK has one error for frames that are wrong and for a last one that is half there.
        SdkError::ResponseError(_) if !chain(error).contains("end of stream") => garbled(chain(error)),
        _ => cut().because(chain(error)),
    }
}

fn code(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("-").chars().take(60).collect()
}
