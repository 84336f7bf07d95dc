//! Odd requests, many of them, to every route: no answer of theirs is a fault of ours, and none hangs.

use futures::{StreamExt, stream};
use reqwest::Method;
use shared::testing::loopback::{Loopback, answer};
use shared::testing::{Actor, Script, World};

use crate::places;

const IDS: [&str; 12] = [
    "1",
    "0",
    "9007199254740993",
    "99999999999999999999999",
    "-1",
    "a",
    "%00",
    "%F0%9F%98%80",
    "a%2Fb",
    "%23",
    "%",
    "open",
];
const QUERIES: [&str; 14] = [
    "",
    "?limit=1",
    "?limit=%00",
    "?limit=99999999999999999999",
    "?cursor=",
    "?cursor=%ff",
    "?cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "?order=desc&limit=100",
    "?after=18446744073709551615",
    "?after=18446744073709551616",
    "?after=%31",
    "?dialect=words",
    "?dialect=",
    "?&&==&%",
];
const BODIES: [&str; 20] = [
    "",
    "{",
    "null",
    "[]",
    "{}",
    "\u{feff}{}",
    r#"{"text":"Hi"}"#,
    r#"{"text":"Hi","stream":false}"#,
    r#"{"text":"Hi","session":"open"}"#,
    r#"{"text":"\u0000"}"#,
    r#"{"text":"\ud800"}"#,
    r#"{"text":1e999}"#,
    r#"{"text":"Hi","model":":"}"#,
    r#"{"text":"Hi","model":"scripted:"}"#,
    r#"{"text":"Hi","session":""}"#,
    r#"{"id":"open"}"#,
    r#"{"id":"\u0000","title":"x"}"#,
    r#"{"title":"\u0000"}"#,
    r#"{"title":"\u2028"}"#,
    r#"{"parts":[{"type":"text","text":"Hi"},{"type":"text","text":""}]}"#,
];
const HEADERS: [(&str, &[u8]); 10] = [
    ("accept", b"*/*"),
    ("content-type", b"application/json; charset=\xff"),
    ("content-type", b"application/problem+json"),
    ("idempotency-key", b"\xff\xfe"),
    ("idempotency-key", b"same"),
    ("last-event-id", b"\xff"),
    ("last-event-id", b"1"),
    ("origin", b"\xff"),
    ("x-request-id", b"../../\xff"),
    ("x-forwarded-host", b"evil.example.com"),
];

/// Repeatable: the same requests in every run.
struct Dice(u64);

impl Dice {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        from[usize::try_from(self.0 >> 33).unwrap() % from.len()]
    }
}

#[tokio::test]
async fn no_odd_request_is_a_fault_of_ours_and_none_hangs() {
    let world = World::with(Script::says("Hello.")).await;
    // Whom our tools ask is somewhere else, and answers.
    let reply = || async { Ok(answer(200, "application/json", r#"{"joke":"Hm.","results":[]}"#)) };
    let outside = Loopback::start(move |_| reply()).await;
    let url = outside.url();
    let settings = ["WEATHER_URL", "GEOCODING_URL", "JOKE_URL"].map(|name| (name, url.as_str()));
    let mut server = world.start_with(&settings).await;
    let ada = server.actor("ada").await;
    let routes: Vec<String> = places::functions().into_iter().flat_map(|function| places::routes(&function)).collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);

    let requests = (0..40).flat_map(|_| routes.clone()).map(|route| odd_request(&ada, &route, &mut dice));
    let requests: Vec<_> = requests.collect();
    let mut replies = stream::iter(requests).map(|(what, request)| async {
        let reply = request.send().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let status = reply.status().as_u16();
        (what, status, reply.bytes().await.is_ok())
    });
    let mut replies = replies.by_ref().buffer_unordered(8);
    while let Some((what, status, whole)) = replies.next().await {
        assert!(status < 500 && whole, "{what}: {status}, whole: {whole}");
    }
    assert!(server.process.is_running());
    let panics = server.process.lines().into_iter().find(|line| line.contains("panicked"));
    assert_eq!(panics, None);
}

fn odd_request(ada: &Actor, route: &str, dice: &mut Dice) -> (String, reqwest::RequestBuilder) {
    let (method, path) = route.split_once(' ').unwrap();
    let path = ["{session}", "{turn}", "{message}"]
        .into_iter()
        .fold(path.to_owned(), |path, name| path.replace(name, dice.pick(&IDS)));
    let (query, body, (header, value)) = (dice.pick(&QUERIES), dice.pick(&BODIES), dice.pick(&HEADERS));
    let what = format!("{method} {path}{query} {header}: {value:?} {body}");
    let request = ada.request(method.parse::<Method>().unwrap(), &format!("{path}{query}"));
    let request = request.header("content-type", "application/json");
    // Later ones stand beside earlier ones of the same name.
    (what, request.header(header, value).body(body))
}
