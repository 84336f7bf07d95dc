//! What is told, and to whom.

use super::Vars;

#[derive(Clone, Debug, Default)]
pub struct TelemetryConfig {
    /// `LOG_LEVEL`: error, warn, info, debug or trace.
    pub log_level: String,
    /// The name that the host has for this process.
    pub function: Option<String>,
    pub on_lambda: bool,
}

impl TelemetryConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let on_lambda = vars.text("AWS_LAMBDA_FUNCTION_NAME");
        Self {
            log_level: vars.one_of("LOG_LEVEL", "info", &["error", "warn", "info", "debug", "trace"]),
            function: on_lambda.clone().or_else(|| vars.text("K_SERVICE")),
            on_lambda: on_lambda.is_some(),
        }
    }
}
