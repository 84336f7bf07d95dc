//! Amazon Bedrock: every model behind `ConverseStream`, signed as AWS wants it and framed by its SDK.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>

mod document;
mod fault;
mod media;
mod options;
mod request;
mod stream;

use std::sync::Arc;

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::http::HttpRequest;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::{Builder, Credentials, Region, StalledStreamProtectionConfig};
use aws_sdk_bedrockruntime::operation::RequestId;
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamOutput;
use aws_sdk_bedrockruntime::types::ConverseStreamOutput as Frame;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use crate::domain::ModelEvent;
use crate::error::Result;
use crate::net::Aws;
use crate::telemetry::Trace;

use super::pump::{self, Broken};
use super::{Model, ModelRequest};

pub(super) struct Bedrock(Arc<Connection>);

struct Connection {
    aws: Arc<Aws>,
    endpoint: Option<String>,
    client: OnceCell<Client>,
}

impl Bedrock {
    pub(super) fn new(aws: &Arc<Aws>, endpoint: Option<String>) -> Self {
        Self(Arc::new(Connection { aws: Arc::clone(aws), endpoint, client: OnceCell::new() }))
    }
}

impl Model for Bedrock {
    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent>> {
        let connection = Arc::clone(&self.0);
        let events = async move { connection.ask(request).await };
        futures::stream::once(Box::pin(events)).try_flatten().boxed()
    }
}

impl Connection {
    async fn ask(&self, request: ModelRequest) -> Result<BoxStream<'static, Result<ModelEvent>>> {
        let client = self.client.get_or_try_init(|| self.connect()).await?;
        let call = request::fill(client.converse_stream(), &request)?;
        let reply = Box::pin(call.customize().mutate_request(trace).send()).await.map_err(fault::refused)?;
        if let (Some(work), Some(id)) = (Trace::current(), reply.request_id()) {
            work.provider_calls_it(id);
        }
        Ok(pump::drive(frames(reply), stream::BedrockParser::default()))
    }

    async fn connect(&self) -> Result<Client> {
        let config = match &self.endpoint {
            // Not AWS: it looks at neither region nor credentials, and they are not searched for.
            Some(endpoint) if endpoint.starts_with("http://") => {
                let credentials = Credentials::new("local", "local", None, None, "local");
                let loader = self.aws.loader()?.endpoint_url(endpoint).region(Region::new("local"));
                Builder::from(&loader.credentials_provider(credentials).load().await)
            }
            Some(endpoint) => Builder::from(self.aws.config().await?).endpoint_url(endpoint),
            None => Builder::from(self.aws.config().await?),
        };
        // Who retries, and how long a model may think, is decided above, for all providers alike.
        let stalled = StalledStreamProtectionConfig::disabled();
        let config = config.retry_config(RetryConfig::disabled()).stalled_stream_protection(stalled);
        Ok(Client::from_conf(config.build()))
    }
}

/// The call belongs to what is being done now. Before it is signed.
fn trace(call: &mut HttpRequest) {
    if let Some(work) = Trace::current() {
        call.headers_mut().insert("traceparent", work.traceparent());
    }
}

fn frames(reply: ConverseStreamOutput) -> impl Stream<Item = Result<Frame, Broken>> + Send + 'static {
    let next = |mut reply: ConverseStreamOutput| async {
        let frame = reply.stream.recv().await.map_err(|error| Broken::Off(fault::broken(&error)))?;
        Ok(frame.map(|frame| (frame, reply)))
    };
    futures::stream::try_unfold(reply, next)
}

#[cfg(test)]
mod tests;
