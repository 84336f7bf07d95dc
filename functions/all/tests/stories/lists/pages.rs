//! All pages of a list together are the list: everything once, in order.

use serde_json::{Value, json};
use shared::testing::{Actor, Script, World};

/// Buffered functions may answer with 6 MB, and not a byte more.
const MAX_REPLY_BYTES: usize = 6 << 20;

/// Walks through all pages; the ids in the order in which they came.
async fn walk(ada: &Actor, path: &str, limit: usize) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let reply = ada.get(&format!("{path}limit={limit}{cursor}")).await;
        assert_eq!(reply.status(), 200);
        let body = reply.text().await.unwrap();
        assert!(body.len() < MAX_REPLY_BYTES, "a page of {} bytes", body.len());
        let page: Value = serde_json::from_str(&body).unwrap();
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= limit);
        ids.extend(data.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { return ids };
        assert!(!data.is_empty(), "an empty page leads nowhere");
        cursor = format!("&cursor={next}");
    }
}

fn reversed(ids: &[String]) -> Vec<String> {
    ids.iter().rev().cloned().collect()
}

async fn pages_are_the_list(ada: &Actor, session: &str, count: usize) {
    let path = format!("/sessions/{session}/messages?");
    let all = walk(ada, &path, 100).await;
    assert_eq!(all.len(), count);
    let numbers: Vec<u64> = all.iter().map(|id| id.parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "oldest first, each once");
    for limit in [1, 2, 3, 7] {
        assert_eq!(walk(ada, &path, limit).await, all, "limit {limit}");
        let newest_first = walk(ada, &format!("{path}order=desc&"), limit).await;
        assert_eq!(newest_first, reversed(&all), "limit {limit}, newest first");
    }
}

/// A query reads one megabyte at most; the line falls between messages, and within one.
#[tokio::test]
async fn messages_page_right_beyond_the_megabyte() {
    let world = World::with(Script::says("Noted.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    ada.post("/sessions", json!({ "id": "long" })).await;
    for size in [10, 350_000, 299_999, 700_000, 10, 400_000] {
        ada.ask_in("long", &"q".repeat(size)).await.text().await;
    }
    pages_are_the_list(&ada, "long", 12).await;
}

#[tokio::test]
async fn a_page_of_long_answers_is_cut_before_it_is_too_long_to_send() {
    let piece = "a".repeat(1 << 16);
    let megabytes = |count| (0..count * 16).fold(Script::new(), |script, _| script.say(&piece)).finish();
    let world = World::with(megabytes(2)).await;
    world.provider.then(megabytes(3)).then(megabytes(3));
    let server = world.start().await;
    let ada = server.actor("ada").await;
    ada.post("/sessions", json!({ "id": "longer" })).await;
    for megabytes in [3, 3, 2, 2] {
        assert_eq!(ada.ask_in("longer", "More?").await.text().await.len(), megabytes << 20);
    }
    let all = walk(&ada, "/sessions/longer/messages?", 100).await;
    assert_eq!(all.len(), 8);
    assert_eq!(walk(&ada, "/sessions/longer/messages?order=desc&", 100).await, reversed(&all));
}

#[tokio::test]
async fn sessions_of_the_same_moment_page_right() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    ada.post("/sessions", json!({ "id": "one" })).await;
    let one = world.items().await.remove(0);
    let now: i64 = one["updated_at"]["N"].as_str().unwrap().parse().unwrap();
    // Three moments of ten sessions each; the last two lie in the hours before.
    for number in 0..30 {
        let at = now - 3_600_000 * (number / 10);
        let mut twin = one.clone();
        twin["id"]["S"] = json!(format!("twin-{number}"));
        twin["sk"]["S"] = json!(format!("SESSION#twin-{number}"));
        twin["updated_at"]["N"] = json!(at.to_string());
        twin["active"]["S"] = json!(format!("{:09}", at / 3_600_000));
        world.put_item(&twin).await;
    }

    let all = ada.sessions().await;
    assert_eq!(all.len(), 31);
    for (place, moment) in all.chunks(11).enumerate() {
        assert!(place > 0 || moment.contains(&"one".to_owned()), "the newest moment first");
    }
    for limit in [1, 4, 10, 11, 30] {
        assert_eq!(walk(&ada, "/sessions?", limit).await, all, "limit {limit}");
    }
}

#[tokio::test]
async fn a_session_that_is_asked_again_comes_first() {
    let world = World::with(Script::says("Welcome back.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for id in ["old", "middle", "new"] {
        ada.post("/sessions", json!({ "id": id })).await;
    }
    let items = world.items().await;
    for (id, hours) in [("old", 2), ("middle", 1)] {
        let mut item = items.iter().find(|item| item["id"]["S"] == id).unwrap().clone();
        let at = item["updated_at"]["N"].as_str().unwrap().parse::<i64>().unwrap() - hours * 3_600_000;
        item["updated_at"]["N"] = json!(at.to_string());
        item["active"]["S"] = json!(format!("{:09}", at / 3_600_000));
        world.put_item(&item).await;
    }
    assert_eq!(ada.sessions().await, ["new", "middle", "old"]);

    // All of one hour have the same key in the index; the time tells which came last.
    for (asked, order) in
        [("old", ["old", "new", "middle"]), ("new", ["new", "old", "middle"]), ("old", ["old", "new", "middle"])]
    {
        ada.ask_in(asked, "Do you remember me?").await.text().await;
        assert_eq!(ada.sessions().await, order);
    }
    ada.patch("/sessions/middle", json!({ "title": "A new name is no activity" })).await;
    assert_eq!(ada.sessions().await, ["old", "new", "middle"]);
}

#[tokio::test]
async fn a_list_that_changes_between_two_pages_loses_nothing_that_stays() {
    let world = World::with(Script::says("Yes.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    ada.post("/sessions", json!({ "id": "s" })).await;
    for _ in 0..4 {
        ada.ask_in("s", "And?").await.text().await;
    }
    let all: Vec<Value> = ada.history("s").await;
    let id = |message: &Value| message["id"].as_str().unwrap().to_owned();
    let page = ada.read("/sessions/s/messages?limit=3").await;
    // The very message on which the cursor stands goes away, and a new one comes.
    ada.delete(&format!("/sessions/s/messages/{}", id(&all[2]))).await;
    ada.ask_in("s", "One more?").await.text().await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = ada.read(&format!("/sessions/s/messages?limit=100&cursor={cursor}")).await;
    let rest: Vec<String> = rest["data"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(rest[..5], all[3..].iter().map(id).collect::<Vec<_>>());
    assert_eq!(rest.len(), 7);
}
