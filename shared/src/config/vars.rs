//! The environment as typed values. Every bad one is remembered, so that all can be reported together.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::error::{Error, Result};

use super::SecretName;

pub(super) struct Vars {
    vars: HashMap<String, OsString>,
    faults: Vec<String>,
}

impl Vars {
    /// A variable whose name is no text is none of ours.
    pub(super) fn new(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let named = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
        Self { vars: vars.into_iter().filter_map(named).collect(), faults: Vec::new() }
    }

    /// An unset and an empty variable are the same.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let Some(value) = self.vars.get(name)?.to_str() else {
            self.fault(name, "must be text in UTF-8");
            return None;
        };
        Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.vars.insert(name.to_owned(), value.into());
    }

    /// Neither a Lambda function nor a Cloud Run service: only there may users be local ones.
    pub(super) fn is_laptop(&mut self) -> bool {
        self.text("AWS_LAMBDA_RUNTIME_API").is_none() && self.text("K_SERVICE").is_none()
    }

    pub(super) fn data_dir(&mut self, local: bool) -> Option<PathBuf> {
        match (local, self.text("DATA_DIR")) {
            (true, dir) => Some(dir.unwrap_or_else(|| ".data".to_owned()).into()),
            (false, None) => None,
            (false, Some(_)) => {
                self.fault("DATA_DIR", "must be unset here, since local users exist on a laptop only");
                None
            }
        }
    }

    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// A list of which every item has to fit.
    pub(super) fn list_of(&mut self, name: &str, fits: fn(&str) -> bool, form: &str) -> Vec<String> {
        let items = self.list(name);
        if !items.iter().all(|item| fits(item)) {
            self.fault(name, form);
        }
        items
    }

    pub(super) fn address(&mut self, name: &str, default: IpAddr) -> IpAddr {
        let Some(text) = self.text(name) else { return default };
        text.parse().unwrap_or_else(|_| {
            self.fault(name, "must be an IP address, 127.0.0.1 or 0.0.0.0");
            default
        })
    }

    pub(super) fn within<T>(&mut self, name: &str, default: T, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let Some(text) = self.text(name) else { return default };
        if let Some(value) = text.parse().ok().filter(|value| range.contains(value)) {
            return value;
        }
        self.fault(name, &format!("must be a whole number from {} to {}", range.start(), range.end()));
        default
    }

    pub(super) fn millis(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.within(name, default, range))
    }

    pub(super) fn url(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if is_web_address(&text) {
            return Some(text.trim_end_matches('/').to_owned());
        }
        self.fault(name, "must be an address that begins with http:// or https://, without ? and #");
        None
    }

    pub(super) fn secret(&mut self, name: &str) -> Option<SecretName> {
        self.text(name).map(|text| SecretName::parse(&text))
    }

    /// A JSON list; none when the variable is not set.
    pub(super) fn json<T: DeserializeOwned>(&mut self, name: &str) -> Vec<T> {
        let Some(text) = self.text(name) else { return Vec::new() };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            // The place only: the parser's words may quote a value.
            let (line, column) = (error.line(), error.column());
            let form = "must be a JSON list as .env.example shows it";
            self.fault(name, &format!("{form}, look at line {line}, column {column}"));
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

    /// The values are left out on purpose: one of them might be a secret in the wrong place.
    pub(super) fn fault(&mut self, name: &str, detail: &str) {
        let fault = format!("{name}: {detail}");
        // One that is read twice is wrong once.
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T> {
        if self.faults.is_empty() {
            return Ok(value);
        }
        Err(Error::invalid("environment", self.faults.join(". ")))
    }
}

/// Paths are appended to it.
fn is_web_address(text: &str) -> bool {
    let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let ends_with_path = |url: &Url| url.query().is_none() && url.fragment().is_none();
    let begins = text.starts_with("http://") || text.starts_with("https://");
    begins && Url::parse(text).is_ok_and(|url| is_web(&url) && ends_with_path(&url))
}

/// As a browser names the site that a page is of: `https://app.example.com`, an app's `tauri://localhost`.
pub(super) fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let is_scheme = scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b));
    let is_host = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
    !scheme.is_empty() && is_scheme && !host.is_empty() && is_host
}

/// An app's own address, `com.example.app:/callback`, or one of the web.
pub(super) fn is_redirect(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.fragment().is_none())
}

/// A name or an address, and a port if need be.
pub(super) fn is_host(text: &str) -> bool {
    let url = Url::parse(&format!("http://{text}"));
    url.is_ok_and(|url| url.path() == "/" && !text.contains(['/', '?', '#', '@']))
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
