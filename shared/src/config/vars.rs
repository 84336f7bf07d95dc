//! The environment as typed values. Every bad one is remembered, so that all can be reported together.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::error::{Error, Result};

use super::SecretName;

pub(super) struct Vars {
    vars: HashMap<String, String>,
    faults: Vec<String>,
}

impl Vars {
    pub(super) fn new(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { vars: vars.into_iter().collect(), faults: Vec::new() }
    }

    /// An unset and an empty variable are the same.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Neither a Lambda function nor a Cloud Run service: only there may users be local ones.
    pub(super) fn is_laptop(&self) -> bool {
        self.text("AWS_LAMBDA_RUNTIME_API").is_none() && self.text("K_SERVICE").is_none()
    }

    pub(super) fn data_dir(&mut self, local: bool) -> Option<PathBuf> {
        match (local, self.text("DATA_DIR")) {
            (true, dir) => Some(dir.unwrap_or_else(|| ".data".to_owned()).into()),
            (false, None) => None,
            (false, Some(_)) => {
                self.fault("DATA_DIR", "local users exist on a laptop only; unset it here");
                None
            }
        }
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str, default: T) -> T {
        let Some(text) = self.text(name) else { return default };
        match text.parse() {
            Ok(value) => value,
            Err(error) => {
                self.fault(name, &format!("{error}"));
                default
            }
        }
    }

    pub(super) fn within<T>(&mut self, name: &str, default: T, range: RangeInclusive<T>) -> T
    where
        T: FromStr<Err: Display> + PartialOrd + Display + Copy,
    {
        let value = self.parsed(name, default);
        if range.contains(&value) {
            return value;
        }
        self.fault(name, &format!("must be from {} to {}", range.start(), range.end()));
        default
    }

    pub(super) fn millis(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.within(name, default, range))
    }

    pub(super) fn url(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if text.starts_with("http://") || text.starts_with("https://") {
            return Some(text.trim_end_matches('/').to_owned());
        }
        self.fault(name, "must begin with http:// or https://");
        None
    }

    pub(super) fn secret(&self, name: &str) -> Option<SecretName> {
        self.text(name).map(|text| SecretName::parse(&text))
    }

    /// A JSON list; none when the variable is not set.
    pub(super) fn json<T: DeserializeOwned>(&mut self, name: &str) -> Vec<T> {
        let Some(text) = self.text(name) else { return Vec::new() };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            // The place only: the parser's words may quote a value.
            self.fault(name, &format!("no list as .env.example shows it, see column {}", error.column()));
            Vec::new()
        })
    }

    pub(super) fn one_of(&mut self, name: &str, default: &str, choices: &[&str]) -> String {
        let text = self.text(name).unwrap_or_else(|| default.to_owned()).to_lowercase();
        if choices.contains(&text.as_str()) {
            return text;
        }
        self.fault(name, &format!("must be one of {}", choices.join(", ")));
        default.to_owned()
    }

    pub(super) fn required<T>(&mut self, name: &str, value: Option<T>, placeholder: T) -> T {
        value.unwrap_or_else(|| {
            self.fault(name, "must be set");
            placeholder
        })
    }

    /// The values are left out on purpose: one of them might be a secret in the wrong place.
    pub(super) fn fault(&mut self, name: &str, detail: &str) {
        self.faults.push(format!("{name}: {detail}"));
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T> {
        if self.faults.is_empty() {
            return Ok(value);
        }
        Err(Error::invalid("environment", format!("The environment cannot be used: {}", self.faults.join("; "))))
    }
}

/// Nobody on the way can read or change what is said there.
pub(super) fn is_safe_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback)
}
