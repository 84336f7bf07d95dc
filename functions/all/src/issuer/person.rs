//! The demo users.

use serde_json::{Value, json};

use shared::identity::LOCAL_ISSUER;

use super::CLIENT;

/// Somebody who can be picked; `name` is the subject.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DemoUser {
    pub(super) name: &'static str,
    pub(super) full_name: &'static str,
    pub(super) email: &'static str,
    pub(super) is: &'static str,
}

pub(super) const PEOPLE: [DemoUser; 3] = [
    DemoUser { name: "ada", full_name: "Ada Lovelace", email: "ada@example.com", is: "owns things" },
    DemoUser { name: "bob", full_name: "Bob Babbage", email: "bob@example.com", is: "has things of his own" },
    DemoUser { name: "eve", full_name: "Eve Moriarty", email: "eve@example.com", is: "wants things that are not hers" },
];

impl DemoUser {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.name == name)
    }

    /// What may be known about the person.
    pub(super) fn claims(&self) -> Value {
        json!({ "sub": self.name, "email": self.email, "email_verified": true, "name": self.full_name })
    }

    /// `OpenID` Connect Core 1.0, section 2.
    pub(super) fn id_token(&self, nonce: Option<&str>, now: i64, seconds: i64) -> Value {
        let mut claims = self.claims();
        claims["iss"] = LOCAL_ISSUER.into();
        claims["aud"] = CLIENT.into();
        claims["iat"] = now.into();
        claims["auth_time"] = now.into();
        claims["exp"] = (now + seconds).into();
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        claims
    }
}
