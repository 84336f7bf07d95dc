//! Signs a demo user in on the laptop, by the way that a browser takes.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, Response};
use shared::testing::{Actor, Server};

/// Somebody who is signed in: the access token as an actor, and the refresh token.
pub(crate) struct SignedIn {
    pub(crate) actor: Actor,
    pub(crate) refresh: String,
}

pub(crate) async fn sign_in(server: &Server, name: &str) -> SignedIn {
    let browser = Actor::new(&server.url, "");
    let begun = browser.request_without_token(Method::GET, "/login?return_to=/app").send().await.unwrap();
    let page = format!("{}&login_hint={name}", path_in(&begun));
    let picked = browser.request_without_token(Method::GET, &page).send().await.unwrap();
    let attempt = format!("counsel-sign-in={}", cookie(&begun, "counsel-sign-in"));
    let back = browser.request_without_token(Method::GET, &path_in(&picked)).header(COOKIE, attempt);
    let back = back.send().await.unwrap();
    assert_eq!((back.status().as_u16(), path_in(&back).as_str()), (302, "/app"));
    let actor = Actor::new(&server.url, &cookie(&back, "counsel-access"));
    SignedIn { actor, refresh: cookie(&back, "counsel-refresh") }
}

/// Where a reply sends the browser to: on a laptop always to the same process.
fn path_in(reply: &Response) -> String {
    let to = reply.headers().get(LOCATION).unwrap_or_else(|| panic!("{}: no location", reply.status()));
    let to = to.to_str().unwrap();
    let Some((_, rest)) = to.split_once("://") else { return to.to_owned() };
    rest[rest.find('/').expect("a path")..].to_owned()
}

fn cookie(reply: &Response, name: &str) -> String {
    let prefix = format!("{name}=");
    let mut cookies = reply.headers().get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let found = cookies.find_map(|cookie| cookie.strip_prefix(&prefix)).unwrap_or_else(|| panic!("no {name}"));
    found.split(';').next().unwrap().to_owned()
}
