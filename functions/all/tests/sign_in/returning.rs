//! After signing in a browser goes to a path of ours, and the provider sends it to an address of ours.

use reqwest::{Method, Url};

use crate::browser::location;
use crate::stage::{Stage, given};

/// Each leads somewhere else if it is believed.
const ELSEWHERE: [&str; 24] = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http://evil.example/",
    "//evil.example@localhost",
    "//localhost@evil.example",
    "javascript:alert(1)",
    "data:text/html,hi",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nLocation: https://evil.example",
    "\t//evil.example",
    " //evil.example",
    "/..//evil.example",
    "/./\\evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "evil.example",
    "",
];

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let stage = Stage::open().await;
    let browser = stage.browser();
    let ours = Url::parse(&stage.url).unwrap();
    for wanted in ELSEWHERE {
        let login = Url::parse_with_params(&stage.at("/login"), [("return_to", wanted)]).unwrap();
        let path = login.as_str().strip_prefix(&stage.url).unwrap().to_owned();
        let page = stage.begin(&browser, &path, "ada").await;
        let reply = browser.get(&stage.through(&browser, &page).await).await;
        let to = ours.join(&location(&reply).expect("she is in")).unwrap();
        assert_eq!((to.origin(), to.path()), (ours.origin(), "/"), "{wanted:?} led to {to}");
    }
    // Encoded twice it is a path like any other, and stays here.
    for (wanted, path) in [("/%2F/evil.example", "/%2F/evil.example"), ("/%5Cevil.example", "/%5Cevil.example")] {
        let login = Url::parse_with_params(&stage.at("/login"), [("return_to", wanted)]).unwrap();
        let page = stage.begin(&browser, login.as_str().strip_prefix(&stage.url).unwrap(), "ada").await;
        let reply = browser.get(&stage.through(&browser, &page).await).await;
        let to = ours.join(&location(&reply).expect("she is in")).unwrap();
        assert_eq!((to.origin(), to.path()), (ours.origin(), path));
    }
}

#[tokio::test]
async fn only_known_paths_are_gone_to_and_the_front_end_may_be_elsewhere() {
    let settings = [("RETURN_PATHS", "/app,/chat/*"), ("FRONTEND_URL", "https://app.example.com")];
    let stage = Stage::with(&settings).await;
    let browser = stage.browser();
    for (wanted, expected) in [
        ("/app", "https://app.example.com/app"),
        ("/chat/7", "https://app.example.com/chat/7"),
        ("/admin", "https://app.example.com/"),
        ("/application", "https://app.example.com/"),
        ("//evil.example/app", "https://app.example.com/"),
        ("@evil.example/app", "https://app.example.com/"),
        (".evil.example/app", "https://app.example.com/"),
    ] {
        let login = Url::parse_with_params(&stage.at("/login"), [("return_to", wanted)]).unwrap();
        let page = stage.begin(&browser, login.as_str().strip_prefix(&stage.url).unwrap(), "ada").await;
        let reply = browser.get(&stage.through(&browser, &page).await).await;
        assert_eq!(location(&reply).as_deref(), Some(expected), "{wanted}");
    }
}

#[tokio::test]
async fn headers_do_not_say_where_we_are() {
    let stage = Stage::open().await;
    let forged = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "444"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/evil"),
        ("forwarded", "host=evil.example;proto=https"),
        ("origin", "https://evil.example"),
        ("referer", "https://evil.example/"),
    ];
    let browser = stage.browser();
    let to = stage.at("/login?return_to=/app");
    let request =
        forged.iter().fold(browser.request(Method::GET, &to), |request, (name, value)| request.header(*name, *value));
    let page = location(&browser.send(&to, request).await).expect("a page");
    assert_eq!(given(&page, "redirect_uri"), stage.at("/callback"));
    let back = stage.through(&browser, &page).await;
    let request =
        forged.iter().fold(browser.request(Method::GET, &back), |request, (name, value)| request.header(*name, *value));
    let reply = browser.send(&back, request).await;
    assert_eq!(stage.path_of(&location(&reply).expect("she is in")), "/app");
}
