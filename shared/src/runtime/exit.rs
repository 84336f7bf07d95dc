//! How a process ends: when its work is done, or with one line that names the setting and what cures it.

use std::error::Error as StdError;
use std::path::Path;
use std::process::ExitCode;

use crate::config::TelemetryConfig;
use crate::error::{Error, ErrorKind, chain};
use crate::telemetry;

use super::{Host, Result};

/// What `main` returns. A person reads a line of text on stderr; where a host collects lines, it is one of them.
pub fn exit(result: Result) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    let error = line_of(&*error);
    if Host::detect() == Host::Laptop {
        eprintln!("{}: {error}", program());
    } else {
        telemetry::init(&TelemetryConfig::of_host(), &[]);
        tracing::error!(error, "cannot run");
    }
    ExitCode::FAILURE
}

fn line_of(error: &(dyn StdError + 'static)) -> String {
    let words = match error.downcast_ref::<Error>() {
        Some(error) if error.kind() == ErrorKind::Invalid => error.public().to_owned(),
        _ => chain(error),
    };
    words.split(char::is_control).collect::<Vec<_>>().join(" ")
}

fn program() -> String {
    let path = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&path).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
