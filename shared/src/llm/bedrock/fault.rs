//! What the service's refusals mean to us. Its words stay in the log, and of those only the code.

use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;

use crate::error::{Error, chain};
use crate::llm::ModelFault::{self, Busy, CutOff, Failed, Unreachable};

/// Before the first token.
pub(super) fn refused(error: SdkError<ConverseStreamError, HttpResponse>) -> Error {
    let Some(status) = error.raw_response().map(|reply| reply.status().as_u16()) else {
        let error = error.into_source().unwrap_or_else(Into::into);
        return Unreachable.because(error);
    };
    ModelFault::of_status(status).because(format!("provider replied {status}, code {}", code(&error)))
}

/// In the middle of the stream.
pub(super) fn broken<R>(error: &SdkError<ConverseStreamOutputError, R>) -> Error
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    use ConverseStreamOutputError::{ServiceUnavailableException, ThrottlingException};
    match error {
        SdkError::ServiceError(said) => {
            let is_busy = matches!(said.err(), ThrottlingException(_) | ServiceUnavailableException(_));
            let fault = if is_busy { Busy } else { Failed };
            fault.because(format!("exception {}", code(said.err())))
        }
        // The SDK has one error for frames that are wrong and for a last one that is half there.
        SdkError::ResponseError(_) if !chain(error).contains("end of stream") => ModelFault::garbled(chain(error)),
        _ => CutOff.because(chain(error)),
    }
}

fn code(error: &impl ProvideErrorMetadata) -> String {
    error.code().unwrap_or("-").chars().take(60).collect()
}
