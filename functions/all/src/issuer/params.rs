//! The parameters of a request: from its query, or from a form.

use std::collections::HashMap;

use url::form_urlencoded;

pub(super) struct Params(HashMap<String, String>);

impl Params {
    /// None when one is given twice (RFC 6749, section 3.1); an empty one counts as left out.
    pub(super) fn parse(encoded: &[u8]) -> Option<Self> {
        let mut params = HashMap::new();
        for (name, value) in form_urlencoded::parse(encoded).into_owned() {
            if params.insert(name, value).is_some() {
                return None;
            }
        }
        params.retain(|_, value| !value.is_empty());
        Some(Self(params))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The words of a list that is separated by spaces.
    pub(super) fn words(&self, name: &str) -> Vec<&str> {
        self.get(name).unwrap_or_default().split(' ').collect()
    }

    /// The same request, with its answer to the page's question.
    pub(super) fn with_hint(&self, name: &str) -> String {
        let mut rest: Vec<_> =
            self.0.iter().filter(|(name, _)| !["login_hint", "prompt"].contains(&name.as_str())).collect();
        rest.sort();
        form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).append_pair("login_hint", name).finish()
    }
}
