//! What this process reports, and to whom.

use std::net::SocketAddr;

use secrecy::SecretString;

use crate::net::Roots;

use super::Vars;

#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// `LOG_LEVEL`: error, warn, info, debug or trace.
    pub log_level: String,
    /// The name that the host has for this process.
    pub function: Option<String>,
    pub on_lambda: bool,
    pub on_cloud_run: bool,
    /// `METRICS_ADDRESS`: where Prometheus reads them. Not where clients ask.
    pub metrics_address: Option<SocketAddr>,
    pub otlp: Option<OtlpConfig>,
}

/// Where spans go.
#[derive(Clone, Debug)]
pub struct OtlpConfig {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, and the path for traces.
    pub url: String,
    /// `OTEL_EXPORTER_OTLP_HEADERS`
    pub headers: Vec<(String, SecretString)>,
    /// `OTEL_SERVICE_NAME`
    pub service: String,
    pub roots: Roots,
}

/// Lines, and nothing else.
impl Default for TelemetryConfig {
    fn default() -> Self {
        let (log_level, function, metrics_address, otlp) = ("info".to_owned(), None, None, None);
        Self { log_level, function, on_lambda: false, on_cloud_run: false, metrics_address, otlp }
    }
}

impl TelemetryConfig {
    /// What the host says by itself, for a line that comes before the configuration.
    pub fn of_host() -> Self {
        let name = |variable| std::env::var_os(variable).and_then(|name| name.into_string().ok());
        let (on_lambda, on_cloud_run) = (name("AWS_LAMBDA_FUNCTION_NAME"), name("K_SERVICE"));
        let (lambda, cloud_run) = (on_lambda.is_some(), on_cloud_run.is_some());
        Self { function: on_lambda.or(on_cloud_run), on_lambda: lambda, on_cloud_run: cloud_run, ..Self::default() }
    }

    pub(super) fn read(vars: &mut Vars, roots: Roots) -> Self {
        let on_lambda = vars.text("AWS_LAMBDA_FUNCTION_NAME");
        let on_cloud_run = vars.text("K_SERVICE");
        let function = on_lambda.clone().or_else(|| on_cloud_run.clone());
        Self {
            log_level: vars.one_of("LOG_LEVEL", "info", &["error", "warn", "info", "debug", "trace"]),
            metrics_address: metrics_address(vars),
            otlp: OtlpConfig::read(vars, function.as_deref(), roots),
            on_lambda: on_lambda.is_some(),
            on_cloud_run: on_cloud_run.is_some(),
            function,
        }
    }
}

fn metrics_address(vars: &mut Vars) -> Option<SocketAddr> {
    let address = vars.text("METRICS_ADDRESS")?.parse().ok();
    if address.is_none() {
        vars.fault("METRICS_ADDRESS", "must be an address and a port, 127.0.0.1:9464");
    }
    address
}

impl OtlpConfig {
    fn read(vars: &mut Vars, function: Option<&str>, roots: Roots) -> Option<Self> {
        let headers = vars.list("OTEL_EXPORTER_OTLP_HEADERS");
        let headers: Option<Vec<_>> = headers.iter().map(|pair| header(pair)).collect();
        if headers.is_none() {
            vars.fault("OTEL_EXPORTER_OTLP_HEADERS", "must be name=value pairs, separated by commas");
        }
        let service = vars.text("OTEL_SERVICE_NAME").or_else(|| function.map(str::to_owned));
        let endpoint = vars.url("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        Some(Self {
            url: format!("{endpoint}/v1/traces"),
            headers: headers.unwrap_or_default(),
            service: service.unwrap_or_else(|| "counsel".to_owned()),
            roots,
        })
    }
}

/// Values are percent-encoded, as in W3C's baggage.
fn header(pair: &str) -> Option<(String, SecretString)> {
    let (name, value) = pair.split_once('=')?;
    // A plus is a plus here, and a space in forms.
    let value = value.trim().replace('+', "%2B");
    let (value, _) = url::form_urlencoded::parse(value.as_bytes()).next()?;
    let is_name = http::HeaderName::try_from(name.trim()).is_ok();
    (is_name && http::HeaderValue::from_str(&value).is_ok())
        .then(|| (name.trim().to_owned(), value.into_owned().into()))
}
