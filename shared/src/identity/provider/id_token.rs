//! ID tokens (`OpenID` Connect Core 1.0, 3.1.3.7): what has to hold beyond signature, issuer, audience and time.

use serde::Deserialize;

use crate::domain::Identity;
use crate::error::Result;
use crate::identity::key_set::not_proven;

/// The longest subject that the specification allows.
const MAX_SUBJECT_CHARS: usize = 255;

#[derive(Debug, Deserialize)]
pub(super) struct IdClaims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    nonce: Option<String>,
    #[serde(flatten)]
    person: Person,
}

/// What a provider tells about a person, in an ID token or at its userinfo endpoint.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Person {
    email: Option<String>,
    /// Some say it in quotes.
    #[serde(default)]
    email_verified: serde_json::Value,
    name: Option<String>,
    picture: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl IdClaims {
    /// `nonce` is none only for a client that builds its own authorization request and sends none.
    pub(super) fn check(&self, client_id: &str, nonce: Option<&str>) -> Result<()> {
        if self.sub.is_empty() || self.sub.chars().count() > MAX_SUBJECT_CHARS {
            return Err(not_proven("no subject"));
        }
        if nonce.is_some() && self.nonce.as_deref() != nonce {
            return Err(not_proven("another nonce"));
        }
        let is_for_us_alone = match &self.aud {
            Audience::One(one) => one == client_id,
            Audience::Many(many) => many.iter().all(|one| one == client_id),
        };
        match &self.azp {
            Some(azp) if azp != client_id => Err(not_proven("issued to another client")),
            None if !is_for_us_alone => Err(not_proven("for others, too, and issued to nobody")),
            _ => Ok(()),
        }
    }

    /// Whether it is worth asking the userinfo endpoint.
    pub(super) fn is_nameless(&self) -> bool {
        self.person.email.is_none() || self.person.name.is_none()
    }

    pub(super) fn subject(&self) -> &str {
        &self.sub
    }

    pub(super) fn identity(self, more: Option<Person>) -> Identity {
        let person = more.map_or_else(|| self.person.clone(), |more| self.person.clone().or(more));
        person.identity(self.iss, self.sub)
    }
}

impl Person {
    fn or(self, other: Self) -> Self {
        Self {
            email_verified: if self.email.is_some() { self.email_verified } else { other.email_verified },
            email: self.email.or(other.email),
            name: self.name.or(other.name),
            picture: self.picture.or(other.picture),
        }
    }

    pub(super) fn identity(self, issuer: String, subject: String) -> Identity {
        let is_true = |value: &serde_json::Value| value == true || value == "true";
        Identity {
            issuer,
            subject,
            email_verified: self.email.is_some() && is_true(&self.email_verified),
            email: self.email.map(short),
            name: self.name.map(short),
            picture: self.picture.filter(|url| url.starts_with("https://")).map(short),
        }
    }
}

/// Nothing that is only shown needs to be longer.
fn short(text: String) -> String {
    if text.chars().count() <= 1_000 { text } else { text.chars().take(1_000).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn claims(more: &Value) -> IdClaims {
        let mut claims = json!({ "iss": "https://id.example", "sub": "7", "aud": "us", "nonce": "n" });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn a_token_for_somebody_else_or_from_another_time_is_refused() {
        assert!(claims(&json!({})).check("us", Some("n")).is_ok());
        assert!(claims(&json!({ "aud": ["us", "them"], "azp": "us" })).check("us", Some("n")).is_ok());
        for wrong in [
            json!({ "nonce": "m" }),
            json!({ "nonce": null }),
            json!({ "sub": "" }),
            json!({ "sub": "7".repeat(256) }),
            json!({ "azp": "them" }),
            json!({ "aud": ["us", "them"] }),
        ] {
            assert!(claims(&wrong).check("us", Some("n")).is_err(), "{wrong} passed");
        }
    }

    #[test]
    fn an_email_is_verified_only_when_the_provider_says_so() {
        let verified = |value: Value| {
            claims(&json!({ "email": "a@example.com", "email_verified": value })).identity(None).email_verified
        };
        assert!(verified(json!(true)) && verified(json!("true")));
        assert!(!verified(json!(false)) && !verified(json!(null)) && !verified(json!(1)));
    }

    #[test]
    fn userinfo_fills_gaps_and_overrides_nothing() {
        let more = Person { email: Some("b@example.com".into()), name: Some("Ada".into()), ..Person::default() };
        let identity = claims(&json!({ "email": "a@example.com" })).identity(Some(more));
        assert_eq!((identity.email.as_deref(), identity.name.as_deref()), (Some("a@example.com"), Some("Ada")));
    }
}
