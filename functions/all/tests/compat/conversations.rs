//! The Conversation API's clients: conversations by UUID, messages whole and streamed, usage.

use std::collections::BTreeSet;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use shared::domain::SessionId;
use shared::testing::{Actor, CutProxy, Script, SseFrame, Stream, World};

use crate::issuer::Issuer;
use crate::registered::{json_of, nobody, register, start};
use crate::signing_key::{SigningKey, hs256};
use crate::trusted::{SHARED, SHARED_SECRET, claims, trusting};

const ALL: &str = "/api/v1/conversations/";

async fn make(user: &Actor, body: Value) -> Value {
    let reply = user.post(ALL, body).await;
    assert_eq!(reply.status(), StatusCode::OK, "not 201");
    json_of(reply).await
}

fn path(conversation: &Value) -> String {
    format!("{ALL}{}", conversation["id"].as_str().unwrap())
}

async fn say(user: &Actor, conversation: &Value, body: Value) -> Response {
    user.post(&format!("{}/messages", path(conversation)), body).await
}

async fn stream(user: &Actor, conversation: &Value, content: &str) -> Response {
    user.post(&format!("{}/messages/stream", path(conversation)), json!({ "content": content })).await
}

async fn frames(reply: Response) -> Vec<SseFrame> {
    assert_eq!(reply.status(), StatusCode::OK);
    Stream::new(reply).rest().await
}

/// What their reader makes of it, by `type`.
fn text(frames: &[SseFrame]) -> String {
    let deltas = frames.iter().map(SseFrame::json).filter(|data| data["type"] == "content_block_delta");
    deltas.filter_map(|data| data["delta"]["text"].as_str().map(str::to_owned)).collect()
}

/// In their order; a `ping`, which Anthropic's clients know and these pass over, left out.
fn names(frames: &[SseFrame]) -> Vec<&str> {
    let mut names: Vec<&str> = frames.iter().map(|frame| frame.name.as_str()).filter(|name| *name != "ping").collect();
    names.dedup();
    names
}

/// Role and content, oldest first.
async fn messages(user: &Actor, conversation: &Value) -> Vec<String> {
    let told = user.read(&format!("{}/messages", path(conversation))).await;
    let line = |said: &Value| format!("{}: {}", said["role"].as_str().unwrap(), said["content"].as_str().unwrap());
    told.as_array().unwrap().iter().map(line).collect()
}

fn fields(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The id of our own that this UUID spells.
fn session(conversation: &Value) -> String {
    SessionId::from_uuid(conversation["id"].as_str().unwrap()).unwrap().to_string()
}

#[tokio::test]
async fn a_conversation_is_made_changed_and_deleted_by_somebody_from_supabase() {
    let world = World::with(Script::says("Hello.")).await;
    let server = trusting(&world, &Issuer::start(SigningKey::es256("one")).await).await;
    let ada = Actor::new(&server.url, &hs256(SHARED_SECRET.as_bytes(), &json!({}), &claims(SHARED)));

    let plain = make(&ada, json!({})).await;
    let expected =
        ["created_at", "id", "is_archived", "metadata", "model", "system_prompt", "title", "updated_at", "user_id"];
    assert_eq!(fields(&plain), BTreeSet::from(expected));
    assert_eq!((&plain["title"], &plain["model"]), (&Value::Null, &json!("openai:fake")));
    assert_eq!((&plain["metadata"], &plain["is_archived"]), (&json!({}), &json!(false)));
    assert_eq!(plain["user_id"].as_str().unwrap().len(), 36);

    let body = json!({
        "title": "Plans", "model": "openai:wise", "system_prompt": "Be brief.", "metadata": { "colour": ["blue"] }
    });
    let made = make(&ada, body).await;
    let told = |of: &Value| ["title", "model", "system_prompt", "metadata", "is_archived"].map(|name| of[name].clone());
    let as_made =
        [json!("Plans"), json!("openai:wise"), json!("Be brief."), json!({ "colour": ["blue"] }), json!(false)];
    assert_eq!(told(&made), as_made);
    assert_eq!(ada.read(&path(&made)).await, made);

    let change = json!({ "title": "Done", "system_prompt": null, "is_archived": true, "metadata": { "n": 1 } });
    let changed = json_of(ada.patch(&path(&made), change).await).await;
    let as_changed = [json!("Done"), json!("openai:wise"), Value::Null, json!({ "n": 1 }), json!(true)];
    assert_eq!(told(&changed), as_changed);
    assert_eq!(json_of(ada.patch(&path(&made), json!({})).await).await, changed, "nothing said is nothing changed");
    assert_eq!(told(&json_of(ada.patch(&path(&made), json!({ "is_archived": false })).await).await)[4], false);
    assert_eq!(ada.read(&format!("/sessions/{}", session(&made))).await["title"], "Done", "it is a session of ours");

    let gone = json!({ "message": "Conversation deleted successfully" });
    for _ in 0..2 {
        assert_eq!(json_of(ada.delete(&path(&made)).await).await, gone, "also when it is missing");
    }
    let missing = ada.get(&path(&made)).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(json_of(missing).await["detail"], "There is no such conversation.");
}

#[tokio::test]
async fn what_is_said_is_answered_whole_or_streamed_and_kept() {
    let world = World::with(Script::says("Grüß Gott, Ada. 👋🏽")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let talk = make(&ada, json!({ "model": "openai:wise" })).await;

    let whole = json_of(say(&ada, &talk, json!({ "content": "Hello" })).await).await;
    let expected = [
        "content",
        "conversation_id",
        "created_at",
        "finish_reason",
        "id",
        "latency_ms",
        "metadata",
        "model",
        "role",
        "token_count",
    ];
    assert_eq!(fields(&whole), BTreeSet::from(expected));
    assert_eq!((&whole["role"], &whole["content"]), (&json!("assistant"), &json!("Grüß Gott, Ada. 👋🏽")));
    assert_eq!((&whole["model"], &whole["finish_reason"]), (&json!("openai:wise"), &json!("stop")));
    let kept = ada.read(&format!("{}/messages", path(&talk))).await;
    assert_eq!((&kept[0]["finish_reason"], &kept[1]["finish_reason"]), (&json!(null), &json!("stop")));
    assert_eq!(whole["conversation_id"], talk["id"]);
    assert!(whole["latency_ms"].is_u64() && whole["token_count"].is_u64(), "{whole}");

    let frames = frames(stream(&ada, &talk, "Once more").await).await;
    assert_eq!(text(&frames), "Grüß Gott, Ada. 👋🏽");
    let order = [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(names(&frames), order);
    assert!(frames.iter().all(|frame| frame.json()["type"] == frame.name), "the name stands in the data, too");
    let own = json_of(say(&ada, &talk, json!({ "content": "And you?", "model": "openai:fast" })).await).await;
    assert_eq!(own["model"], "openai:fast");
    let asked: Vec<_> = world.provider.calls().iter().map(|call| call.body["model"].clone()).collect();
    assert_eq!(asked, ["wise", "wise", "fast"], "the conversation's, unless a message names another");

    let answer = "assistant: Grüß Gott, Ada. 👋🏽";
    assert_eq!(
        messages(&ada, &talk).await,
        ["user: Hello", answer, "user: Once more", answer, "user: And you?", answer]
    );
    let told = ada.read(&format!("{}/messages?limit=2&offset=1", path(&talk))).await;
    let [first, second] = told.as_array().unwrap().as_slice() else { panic!("{told}") };
    let same = |name: &str| assert_eq!(first[name], whole[name], "{name}");
    ["id", "content", "token_count", "model", "latency_ms", "created_at"].into_iter().for_each(same);
    assert_eq!((&second["role"], &second["token_count"]), (&json!("user"), &Value::Null));
    assert_eq!(ada.transcript(&session(&talk)).await.len(), 6, "and our own history holds the same");

    let stats = ada.read("/api/v1/usage/stats").await;
    assert_eq!((&stats["total_conversations"], &stats["total_messages"]), (&json!(1), &json!(6)));
    assert_eq!(stats["models_used"], json!(["openai:fast", "openai:wise"]));
    assert!(stats["total_tokens"].as_u64().unwrap() > 0 && stats["cost_estimate_usd"].is_f64(), "{stats}");
    let models = ada.read("/api/v1/usage/models").await;
    assert_eq!(fields(&models["models"][0]), BTreeSet::from(["id", "name", "provider"]), "{models}");
}

#[tokio::test]
async fn the_list_is_counted_and_holds_what_other_doors_have_made() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let long = "a-name-of-more-than-twenty-characters";
    let uuid = "3f0c1f5e-6c1e-4a3c-9a77-0c0a3d9b8f11";
    for id in ["diary", uuid, long] {
        ada.post("/sessions", json!({ "id": id, "title": id })).await;
    }
    make(&ada, json!({ "title": "made here" })).await;
    let titles = async |path: &str| {
        let told = ada.read(path).await;
        let title = |one: &Value| one["title"].as_str().unwrap().to_owned();
        told.as_array().unwrap().iter().map(title).collect::<Vec<_>>()
    };
    for path in [ALL, ALL.trim_end_matches('/')] {
        assert_eq!(titles(path).await, ["made here", uuid, "diary"], "newest first; one fits into no UUID");
    }
    assert_eq!(titles(&format!("{ALL}?limit=1")).await, ["made here"]);
    assert_eq!(titles(&format!("{ALL}?limit=2&offset=1")).await, [uuid, "diary"]);
    assert_eq!(titles(&format!("{ALL}?offset=9")).await, [""; 0]);

    for one in ada.read(ALL).await.as_array().unwrap() {
        assert_eq!(ada.read(&path(one)).await, *one);
        assert_eq!(text(&frames(stream(&ada, one, "Hi").await).await), "Hello.");
        assert_eq!(messages(&ada, one).await, ["user: Hi", "assistant: Hello."]);
    }
    assert_eq!(ada.transcript("diary").await.len(), 2);
    assert_eq!(ada.transcript(uuid).await.len(), 2);
}

#[tokio::test]
async fn refusals_are_told_as_fastapi_tells_them() {
    let world = World::with(Script::fails(401)).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let talk = make(&ada, json!({})).await;
    let detail = async |reply: Response, status: u16| {
        assert_eq!(reply.status(), status);
        json_of(reply).await["detail"].clone()
    };
    for (reply, place) in [
        (say(&ada, &talk, json!({ "content": " " })).await, json!(["body", "content"])),
        (say(&ada, &talk, json!({})).await, json!(["body"])),
        (stream(&ada, &talk, "").await, json!(["body", "content"])),
        (say(&ada, &talk, json!({ "content": "Hi", "model": "nobody:knows" })).await, json!(["body", "model"])),
        (ada.post(ALL, json!({ "metadata": { "long": "x".repeat(5_000) } })).await, json!(["body", "metadata"])),
        (ada.post(ALL, json!({ "model": "" })).await, json!(["body", "model"])),
        (ada.patch(&path(&talk), json!({ "title": "" })).await, json!(["body", "title"])),
        (ada.get(&format!("{ALL}?limit=0")).await, json!(["query", "limit"])),
        (ada.get(&format!("{}/messages?offset=-1", path(&talk))).await, json!(["query", "offset"])),
    ] {
        let faults = detail(reply, 422).await;
        assert_eq!(faults[0]["loc"], place, "{faults}");
        assert_eq!(fields(&faults[0]), BTreeSet::from(["loc", "msg", "type"]));
    }
    for nowhere in ["1", "diary", "00000000-0000-8000-8000-000000000000", "3f0c1f5e-6c1e-4a3c-9a77-0c0a3d9b8f11"] {
        let nowhere = json!({ "id": nowhere });
        assert!(detail(ada.get(&path(&nowhere)).await, 404).await.is_string());
        assert!(detail(ada.get(&format!("{}/messages", path(&nowhere))).await, 404).await.is_string());
        assert!(detail(say(&ada, &nowhere, json!({ "content": "Hi" })).await, 404).await.is_string());
        assert!(detail(stream(&ada, &nowhere, "Hi").await, 404).await.is_string());
        assert!(detail(ada.patch(&path(&nowhere), json!({})).await, 404).await.is_string());
    }
    let stranger = nobody(&server).get(ALL).await;
    assert_eq!(stranger.headers()["www-authenticate"], "Bearer");
    detail(stranger, 401).await;

    let failed = detail(say(&ada, &talk, json!({ "content": "Hi" })).await, 502).await;
    assert!(failed.is_string() && !failed.to_string().contains("req_secret"), "{failed}");
    let told = frames(stream(&ada, &talk, "Hi").await).await;
    assert_eq!(names(&told), ["message_start", "error"]);
    let kept = ada.read(&format!("{}/messages", path(&talk))).await;
    assert_eq!(kept[1]["finish_reason"], "error", "{kept}");
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_one_error_and_keeps_what_was_said() {
    let half = || Script::new().say("Half of ").gate("rest").say("it.").finish();
    let world = World::with(half()).await;
    let (mut server, other) = (start(&world).await, start(&world).await);
    let (ada, _) = register(&server, "ada@example.com").await;
    let reader = ada.at(&other);
    let ends = |frames: &[SseFrame]| {
        let last = ["message_stop", "error"];
        frames
            .iter()
            .filter(|frame| last.contains(&frame.name.as_str()))
            .map(|frame| frame.name.clone())
            .collect::<Vec<_>>()
    };
    let turn_of = |reply: &Response| reply.headers()["location"].to_str().unwrap().to_owned();
    let finish = async |talk: &Value| {
        let told = reader.read(&format!("{}/messages", path(talk))).await;
        (told[1]["content"].clone(), told[1]["finish_reason"].clone())
    };

    let talk = make(&ada, json!({})).await;
    world.provider.then(Script::new().say("Half of ").resets());
    let failed = frames(stream(&ada, &talk, "All?").await).await;
    assert_eq!(ends(&failed), ["error"]);
    assert_eq!(finish(&talk).await, (json!("Half of "), json!("interrupted")), "the provider broke off");
    assert_eq!(text(&failed), "Half of ");

    let talk = make(&ada, json!({})).await;
    let reply = stream(&ada, &talk, "All?").await;
    let turn = turn_of(&reply).replace("/turns/", "");
    ada.logged(&turn, "Half of").await;
    let meanwhile = messages(&reader, &talk).await;
    assert_eq!(meanwhile, ["user: All?"], "an answer under way is no message yet");
    reader.cancel(&turn).await;
    let cancelled = frames(reply).await;
    assert_eq!((ends(&cancelled), text(&cancelled)), (vec!["error".to_owned()], "Half of ".to_owned()));
    assert_eq!(finish(&talk).await, (json!("Half of "), json!("cancelled")));

    let talk = make(&ada, json!({})).await;
    let reply = stream(&ada, &talk, "All?").await;
    let turn = turn_of(&reply);
    ada.logged(&turn.replace("/turns/", ""), "Half of").await;
    server.process.kill9();
    reader.ended(&turn.replace("/turns/", "")).await;
    assert_eq!(finish(&talk).await, (json!("Half of "), json!("interrupted")));
    let again = frames(reader.get(&format!("{turn}/stream?dialect=anthropic")).await).await;
    assert_eq!((ends(&again), text(&again)), (vec!["error".to_owned()], "Half of ".to_owned()));
}

/// A client that lost its stream asks again with the same key, and hears the answer that was begun.
#[tokio::test]
async fn wherever_a_stream_is_cut_the_same_key_gives_the_whole_answer() {
    const CUTS: usize = 200;
    let answer: String = (0..60).map(|n| format!("t{n} ")).collect::<Vec<_>>().concat();
    let world = World::with(Script::tokens(60)).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let proxy = CutProxy::start(&server.url, CUTS, 2_000, 11).await;
    let far = Actor::new(&proxy.url(), ada.token());
    let mut talk = Value::Null;
    for cut in 0..CUTS {
        if cut % 20 == 0 {
            talk = make(&ada, json!({})).await;
        }
        let at = format!("{}/messages/stream", path(&talk));
        let ask = |user: &Actor| {
            let request = user.request(Method::POST, &at).header("idempotency-key", format!("key-{cut}"));
            request.json(&json!({ "content": "Count." })).send()
        };
        if let Ok(reply) = ask(&far).await {
            let heard = text(&frames(reply).await);
            assert!(answer.starts_with(&heard), "{heard:?}");
        }
        let whole = frames(ask(&ada).await.unwrap()).await;
        assert_eq!((text(&whole).as_str(), whole.last().unwrap().name.as_str()), (answer.as_str(), "message_stop"));
        assert_eq!(messages(&ada, &talk).await.len(), (cut % 20 + 1) * 2, "asked once");
    }
    assert_eq!(proxy.cuts(), CUTS);
    assert_eq!(world.provider.calls().len(), CUTS);
}

#[tokio::test]
async fn another_users_conversation_is_not_there() {
    let world = World::with(Script::says("Her secret.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    let hers = make(&ada, json!({ "title": "Hers", "metadata": { "secret": 1 } })).await;
    say(&ada, &hers, json!({ "content": "A secret?" })).await;
    for reply in [
        eve.get(&path(&hers)).await,
        eve.get(&format!("{}/messages", path(&hers))).await,
        eve.patch(&path(&hers), json!({ "title": "Eve was here" })).await,
        say(&eve, &hers, json!({ "content": "What did she say?" })).await,
        stream(&eve, &hers, "What did she say?").await,
    ] {
        assert_eq!(reply.status(), StatusCode::NOT_FOUND);
        assert_eq!(json_of(reply).await["detail"], "There is no such conversation.");
    }
    eve.delete(&path(&hers)).await;
    assert_eq!(eve.read(ALL).await, json!([]));
    assert_eq!(eve.read("/api/v1/usage/stats").await["total_messages"], 0);
    assert_eq!(ada.read(&path(&hers)).await["title"], "Hers");
    assert_eq!(messages(&ada, &hers).await.len(), 2);
}
