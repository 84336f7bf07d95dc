//! Where a secret is: the form of its name says it.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

#[derive(Clone, Debug)]
pub enum SecretName {
    /// The value itself, on a laptop.
    Literal(SecretString),
    /// `env:NAME`
    Env(String),
    /// `file:/run/secrets/key`: a mounted file.
    File(PathBuf),
    /// `aws:name` or the ARN of a secret in AWS Secrets Manager.
    Aws(String),
    /// `projects/p/secrets/s` or `projects/p/secrets/s/versions/v` in Google's Secret Manager.
    Google(String),
    /// `google:token`: no secret that somebody keeps, but the access token of our own service account.
    GoogleToken,
}

impl SecretName {
    pub(crate) fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some(("env", name)) => Self::Env(name.to_owned()),
            Some(("file", path)) => Self::File(path.into()),
            Some(("aws", name)) => Self::Aws(name.to_owned()),
            Some(("google", "token")) => Self::GoogleToken,
            Some(("arn", _)) => Self::Aws(text.to_owned()),
            _ if is_google(text) => Self::Google(text.to_owned()),
            _ => Self::Literal(text.to_owned().into()),
        }
    }

    /// What its name ends with, `groq` of `aws:counsel/groq`. None of a value that has no name.
    pub(in crate::config) fn last_word(&self) -> Option<&str> {
        let name = match self {
            Self::File(path) => path.to_str()?,
            Self::Aws(arn) if arn.starts_with("arn:") => without_suffix(arn),
            Self::Aws(name) => name,
            Self::Google(name) => name.split("/versions/").next()?,
            Self::Literal(_) | Self::Env(_) | Self::GoogleToken => return None,
        };
        name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next()
    }

    /// A manager keeps it, and the network is between it and us.
    pub(super) fn is_managed(&self) -> bool {
        matches!(self, Self::Aws(_) | Self::Google(_) | Self::GoogleToken)
    }
}

/// The name as it was written, for logs; a literal has none that may be shown.
impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str("the value itself"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Aws(id) if id.starts_with("arn:") => f.write_str(id),
            Self::Aws(id) => write!(f, "aws:{id}"),
            Self::Google(name) => f.write_str(name),
            Self::GoogleToken => f.write_str("google:token"),
        }
    }
}

impl<'de> Deserialize<'de> for SecretName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

/// AWS ends the ARN of a secret with six characters of its own.
fn without_suffix(arn: &str) -> &str {
    let is_suffix = |text: &str| text.len() == 6 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    arn.rsplit_once('-').filter(|(_, end)| is_suffix(end)).map_or(arn, |(name, _)| name)
}

/// Google's resource name. Nothing else passes: it becomes part of an address.
fn is_google(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let fits = |part: &str| {
        !part.is_empty() && part != ".." && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    match parts[..] {
        ["projects", project, "secrets", secret] => fits(project) && fits(secret),
        ["projects", project, "secrets", secret, "versions", version] => {
            [project, secret, version].into_iter().all(fits)
        }
        _ => false,
    }
}
