//! What a provider's replies and silences mean.

use std::time::Instant;

use reqwest::header::HeaderValue;
use tokio::net::{TcpSocket, TcpStream};

use super::*;
use crate::config::{Config, LlmConfig};
use crate::net::Aws;

fn waits(name: &'static str, value: &str) -> Option<Duration> {
    retry_after(&HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_str(value).unwrap())]))
}

#[test]
fn a_provider_says_how_long_to_wait_in_seconds_or_by_a_date() {
    assert_eq!(waits("retry-after", "7"), Some(Duration::from_secs(7)));
    assert_eq!(waits("retry-after", " 0 "), Some(Duration::ZERO));
    assert_eq!(waits("retry-after-ms", "250"), Some(Duration::from_millis(250)));
    assert_eq!(waits("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO), "long past");
    let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_mins(1));
    let wait = waits("retry-after", &soon).unwrap().as_secs();
    assert!((55..=60).contains(&wait), "{wait}");
    for nonsense in ["soon", "-1", "1e9", ""] {
        assert_eq!(waits("retry-after", nonsense), None, "{nonsense}");
    }
}

/// A socket whose queue is full drops new connections: it neither answers nor refuses.
#[tokio::test]
async fn who_does_not_even_let_us_connect_is_not_waited_for() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(Ok(stream)) = timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        queued.push(stream);
    }
    let vars = [("OPENAI_BASE_URL", format!("http://{address}")), ("MODEL_CONNECT_TIMEOUT_MS", "200".to_owned())];
    let config = Config::from_vars(vars.map(|(name, value)| (name.to_owned(), value))).unwrap();
    let secrets = Arc::new(Secrets::new(&Arc::new(Aws::new(Roots::Builtin)), &config.google, Roots::Builtin));
    let LlmConfig { providers, connect_timeout, .. } = &config.llm;
    let server = ProviderServer::new(providers[0].base_url.clone(), None, &secrets, Roots::Builtin);
    let server = server.connecting_within(*connect_timeout);

    let asked = Instant::now();
    let ask = timeout(Duration::from_secs(5), server.ask(server.post("/x", &Value::Null).unwrap()));
    let error = ask.await.expect("the system itself would try for two minutes").unwrap_err();

    assert_eq!(error.code(), "model_unreachable");
    assert!(asked.elapsed() >= Duration::from_millis(200), "it was given its time");
}
