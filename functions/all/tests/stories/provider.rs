//! What becomes of an answer when its model misbehaves (promises P3–P6, heartbeats).

use serde_json::{Value, json};
use shared::testing::{Actor, Script, World};

/// In everything that the provider says and nobody may read.
const CANARY: &str = "canary-7f3a";

/// How a turn ended, what is kept of its answer, and everything that was sent to the reader.
struct Seen {
    status: String,
    text: String,
    code: Value,
    sent: String,
}

async fn see(ada: &Actor) -> Seen {
    let reply = ada.post("/consult", json!({ "text": "Well?" })).await;
    let turn = reply.headers()["location"].to_str().unwrap().to_owned();
    let session = reply.headers()["x-session-id"].to_str().unwrap().to_owned();
    let mut sent = reply.text().await.unwrap();
    let turn = ada.read(&turn).await;
    sent += &turn.to_string();
    let history = ada.transcript(&session).await;
    let status = turn["status"].as_str().unwrap().to_owned();
    let text = history[1].strip_prefix(&format!("assistant {status}: ")).expect(&history[1]).to_owned();
    Seen { status, text, code: turn["error"]["code"].clone(), sent }
}

/// P3: nothing is asked twice once something was shown; what was shown is kept and marked.
#[tokio::test]
async fn an_answer_that_breaks_off_is_kept_and_not_asked_again() {
    let world = World::with(Script::new().say("So far, ").say("so good").resets()).await;
    let server = world.start().await;

    let seen = see(&server.actor("ada").await).await;

    assert_eq!((seen.status.as_str(), seen.text.as_str()), ("interrupted", "So far, so good"));
    assert_eq!(world.provider.calls().len(), 1);
}

/// P3: a refusal is explained in our words; the provider's stay with it.
#[tokio::test]
async fn a_refusing_provider_is_explained_in_our_own_words() {
    let json = format!(r#"{{"error":{{"message":"{CANARY}","type":"t"}}}}"#);
    let refusal = |status| Script::status(status, &[("content-type", "application/json")], &json);
    let page = format!("<html>{CANARY}</html>");
    for (code, script) in [
        ("model_refused", refusal(400)),
        ("model_refused_us", refusal(401)),
        ("model_not_found", refusal(404)),
        ("model_busy", refusal(429)),
        ("model_unavailable", refusal(500)),
        ("model_unavailable", Script::status(502, &[("content-type", "text/html")], &page)),
        ("model_garbled", Script::status(200, &[("content-type", "text/html")], &page)),
        ("model_unreachable", Script::new().resets()),
        ("model_failed", Script::new().event(json!({ "error": { "message": CANARY } })).stalls()),
    ] {
        let world = World::with(script).await;
        let server = world.start_with(&[("LOG_LEVEL", "trace")]).await;

        let seen = see(&server.actor("ada").await).await;

        assert_eq!((seen.status.as_str(), seen.code.as_str(), seen.text.as_str()), ("failed", Some(code), ""));
        assert!(!seen.sent.contains(CANARY), "{code}: {}", seen.sent);
        server.process.wait_for_line(r#""target":"turn""#).await;
        let lines = server.process.lines();
        assert!(!lines.iter().any(|line| line.contains(CANARY)), "{code}: the provider's words are in the log");
    }
}

/// P4: silence has an end, before the first token and between two.
#[tokio::test]
async fn a_silent_provider_is_noticed() {
    let world = World::with(Script::silent()).await;
    let settings = [("MODEL_FIRST_TOKEN_TIMEOUT_MS", "3000"), ("MODEL_TOKEN_TIMEOUT_MS", "500")];
    let server = world.start_with(&settings).await;
    let ada = server.actor("ada").await;

    let never = see(&ada).await;
    assert_eq!((never.status.as_str(), never.code.as_str()), ("failed", Some("model_silent")));

    world.provider.then(Script::new().say("And then").stalls());
    let fell_silent = see(&ada).await;
    assert_eq!((fell_silent.status.as_str(), fell_silent.text.as_str()), ("interrupted", "And then"));

    // A line that only keeps the connection open is silence, too.
    let murmur = (0..200).fold(Script::new().say("And then"), |script, _| {
        script.raw(": still here\n\n").pause(std::time::Duration::from_millis(50))
    });
    world.provider.then(murmur.stalls());
    assert_eq!(see(&ada).await.status, "interrupted");
    world.provider.wait_for_aborted(3).await;
}

/// P5, P6: whatever comes from a provider, the process lives, and nothing of it is shown raw.
#[tokio::test]
async fn no_nonsense_of_a_provider_is_shown_or_does_harm() {
    let world = World::with(Script::silent()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let raw = |bytes: &[u8]| Script::new().say("Good. ").raw(bytes).stalls();
    let huge = format!("data: {}{CANARY}\n\n", "x".repeat(2 << 20));
    let deep = format!("data: {}\n\n", "[".repeat(100_000));
    let call = |index| json!({ "index": index, "id": "c", "function": { "name": CANARY, "arguments": "{" } });
    let calls = json!({ "choices": [{ "delta": { "tool_calls": [call(7)] } }] });
    let greeting = "data: {\"choices\":[{\"delta\":{\"content\":\"Grüß 👋\"}}]}\n\n";
    for (what, script, status, text) in [
        ("no JSON", raw(format!("data: {{{CANARY}\n\n").as_bytes()), "interrupted", "Good. "),
        ("no UTF-8", raw(b"data: \xff\xfe\x00\n\n"), "interrupted", "Good. "),
        ("a huge event", raw(huge.as_bytes()), "interrupted", "Good. "),
        ("a deep event", raw(deep.as_bytes()), "interrupted", "Good. "),
        ("another shape", Script::new().say("Good. ").event(json!({ "choices": CANARY })), "interrupted", "Good. "),
        ("calls out of order", Script::new().say("Good. ").event(calls), "interrupted", "Good. "),
        ("a page as a stream", Script::new().raw(format!("<html>{CANARY}\n\n")).ends(), "interrupted", ""),
        ("a clean end too early", Script::new().say("Good. ").ends(), "interrupted", "Good. "),
        ("half an event", Script::new().say("Good. ").raw(&b"data: {\"choi"[..]).ends(), "interrupted", "Good. "),
        ("split characters", Script::new().split(greeting).finish(), "completed", "Grüß 👋"),
        ("a doubled end", Script::new().say("Once.").finish_because("stop").finish().finish(), "completed", "Once."),
    ] {
        world.provider.then(script);
        let seen = see(&ada).await;
        assert_eq!((seen.status.as_str(), seen.text.as_str()), (status, text), "{what}: {}", seen.sent);
        assert!(!seen.sent.contains(CANARY), "{what}: {}", seen.sent);
    }
    assert!(!server.process.lines().iter().any(|line| line.contains("panic")));
}

/// Proxies cut streams that say nothing: ours says that it lives.
#[tokio::test]
async fn a_stream_with_nothing_to_say_is_kept_alive() {
    let world = World::with(Script::silent()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let hears = async |dialect: &str, sign: &str| {
        let mut reply = ada.post(&format!("/consult?dialect={dialect}"), json!({ "text": "Hello?" })).await;
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains(sign) {
            seen.extend(reply.chunk().await.expect("no error").expect("no end"));
        }
    };
    // The first stands behind the beginning.
    let ping = r#"data: {"type":"ping"}"#;
    let pings = format!("{ping}\n\nevent: ping\n{ping}\n\n");
    futures::join!(
        hears("ui", "\n\n: keep-alive\n\n"),
        hears("completions", "\n\n: keep-alive\n\n"),
        hears("anthropic", &pings),
    );
}
