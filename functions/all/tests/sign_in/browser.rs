//! A browser without a screen: keeps cookies, goes where it is sent, one step at a time.

use std::sync::{Arc, Mutex};

use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use shared::testing::client;

/// More steps than any honest way through a provider has.
const MAX_STEPS: usize = 10;

/// A clone shares the cookies, as two tabs do.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    jar: Arc<Mutex<Vec<Cookie>>>,
    /// An address of the world outside, and the process that stands in for it here.
    alias: Option<(Url, Url)>,
}

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    path: String,
    secure: bool,
    name: String,
    value: String,
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self { client: client(), jar: Arc::default(), alias: None }
    }

    /// Reaches `there` under the address that the world outside knows: `https://api.example.com`.
    pub(crate) fn reaching(outside: &str, there: &str) -> Self {
        Self { alias: Some((url(outside), url(there))), ..Self::new() }
    }

    /// The same address leads to another process from now on.
    pub(crate) fn moves_to(&mut self, there: &str) {
        self.alias = self.alias.take().map(|(outside, _)| (outside, url(there)));
    }

    /// A request with the cookies that belong to it.
    pub(crate) fn request(&self, method: Method, to: &str) -> RequestBuilder {
        let to = url(to);
        let request = match &self.alias {
            Some((outside, there)) if outside.origin() == to.origin() => {
                let mut actual = there.clone();
                actual.set_path(to.path());
                actual.set_query(to.query());
                self.client.request(method, actual).header(HOST, to.authority())
            }
            _ => self.client.request(method, to.clone()),
        };
        let cookies = self.cookies_for(&to);
        if cookies.is_empty() { request } else { request.header(COOKIE, cookies) }
    }

    /// Sends it, and keeps the cookies of the reply.
    pub(crate) async fn send(&self, to: &str, request: RequestBuilder) -> Response {
        let reply = request.send().await.expect("a reply");
        let host = url(to).host_str().unwrap_or_default().to_owned();
        for line in reply.headers().get_all(SET_COOKIE) {
            self.keep(&host, line.to_str().expect("a cookie is text"));
        }
        reply
    }

    pub(crate) async fn get(&self, to: &str) -> Response {
        self.send(to, self.request(Method::GET, to)).await
    }

    /// Goes where it is sent until that begins with `stop`; returns where it would go then.
    pub(crate) async fn follow(&self, from: &str, stop: &str) -> String {
        let mut at = url(from);
        for _ in 0..MAX_STEPS {
            let reply = self.get(at.as_str()).await;
            let Some(next) = location(&reply) else {
                panic!("{at} is the end: {} {}", reply.status(), reply.text().await.unwrap_or_default())
            };
            at = at.join(&next).expect("an address");
            if at.as_str().starts_with(stop) {
                return at.into();
            }
        }
        panic!("{from} leads nowhere");
    }

    /// The value of the cookie, if there is one.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let jar = self.jar.lock().unwrap();
        jar.iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value.clone())
    }

    pub(crate) fn forget(&self, name: &str) {
        self.jar.lock().unwrap().retain(|cookie| cookie.name != name);
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        for cookie in self.jar.lock().unwrap().iter_mut().filter(|cookie| cookie.name == name) {
            value.clone_into(&mut cookie.value);
        }
    }

    fn cookies_for(&self, to: &Url) -> String {
        let jar = self.jar.lock().unwrap();
        let goes = |cookie: &&Cookie| {
            let safe = to.scheme() == "https" || to.host_str() == Some("localhost") || !cookie.secure;
            safe && to.host_str() == Some(&cookie.host) && is_below(to.path(), &cookie.path)
        };
        let pairs: Vec<_> = jar.iter().filter(goes).map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        pairs.join("; ")
    }

    fn keep(&self, host: &str, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("name=value");
        let rest: Vec<(String, &str)> = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(attribute, value)| (attribute.to_lowercase(), value))
            .collect();
        let attribute = |name: &str| rest.iter().find(|(attribute, _)| attribute == name).map(|(_, value)| *value);
        let path = attribute("path").unwrap_or("/").to_owned();
        let ended = attribute("max-age") == Some("0")
            || attribute("expires").is_some_and(|at| at.starts_with("Thu, 01 Jan 1970"));
        let secure = attribute("secure").is_some();
        let (host, name, value) = (host.to_owned(), name.to_owned(), value.to_owned());
        let mut jar = self.jar.lock().unwrap();
        jar.retain(|cookie| (&cookie.host, &cookie.name, &cookie.path) != (&host, &name, &path));
        if !ended {
            jar.push(Cookie { host, path, secure, name, value });
        }
    }
}

/// RFC 6265, section 5.1.4.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || folder.ends_with('/') || rest.starts_with('/'))
}

pub(crate) fn location(reply: &Response) -> Option<String> {
    reply.headers().get(LOCATION).map(|to| to.to_str().expect("an address is text").to_owned())
}

/// One parameter of an address.
pub(crate) fn parameter(address: &str, name: &str) -> Option<String> {
    url(address).query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
