//! Wherever a function wakes up (Lambda, Cloud Run, a laptop): find out, and serve its `Router`.

use std::{env, sync::Arc};

use futures::future::BoxFuture;

pub mod lambda;
pub mod server;
pub mod telemetry;

/// What `main` returns.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How a function answers on Lambda; the template must say the same. A server does both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// The answer goes out when it is complete.
    Buffered,
    /// The answer goes out while it is written.
    Streamed,
}

/// Where this process finds itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Lambda,
    CloudRun,
    Laptop,
}

impl Host {
    pub fn detect() -> Self {
        if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
            Self::Lambda
        } else if env::var_os("K_SERVICE").is_some() {
            Self::CloudRun
        } else {
            Self::Laptop
        }
    }
}

/// Waits until nothing runs any more that a request has started.
#[derive(Clone)]
pub struct Settled(Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>);

impl Settled {
    pub fn when(settled: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(settled))
    }

    /// For routers that start no work of their own.
    pub fn at_once() -> Self {
        Self::when(|| Box::pin(std::future::ready(())))
    }

    pub(crate) async fn wait(&self) {
        (self.0)().await;
    }
}

// pub async fn serve(mode: ResponseMode, router: fn(App) -> Router) -> Result {
//     let config = Config::from_env()?;
//     telemetry::init(&config.log_level);
//     let app = App::new(config).await?;
//     let settled = { let app = app.clone(); Settled::when(move || app.settled().boxed()) };
//     let service = http::layers(router(app.clone()), &app);
//     match Host::detect() {
//         Host::Lambda => lambda::run(service, mode, settled).await,
//         Host::CloudRun | Host::Laptop => {
//             let listener = TcpListener::bind((host, port)).await?;
//             Ok(server::run(service, listener, settled, move || app.drain()).await?)
//         }
//     }
// }
