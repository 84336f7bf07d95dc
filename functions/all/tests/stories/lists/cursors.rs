//! A cursor is ours, for one user and one list, and for nothing else.

use serde_json::json;
use shared::testing::{Actor, Script, World, problem};

async fn cursor(ada: &Actor, path: &str) -> String {
    ada.read(path).await["next_cursor"].as_str().expect("a second page").to_owned()
}

async fn fits(reader: &Actor, path: &str, cursor: &str) -> bool {
    let reply = reader.get(&format!("{path}cursor={cursor}")).await;
    if reply.status() == 200 {
        return true;
    }
    let refusal = problem(reply).await;
    assert_eq!((&refusal["status"], &refusal["code"]), (&json!(400), &json!("bad_cursor")));
    false
}

#[tokio::test]
async fn a_cursor_fits_the_list_it_came_from_and_no_other() {
    let world = World::with(Script::says("Yes.")).await;
    let (server, elsewhere) = (world.start().await, world.start().await);
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);
    for user in [&ada, &eve] {
        for session in ["a", "b"] {
            user.post("/sessions", json!({ "id": session })).await;
            user.ask_in(session, "Yes?").await.text().await;
        }
    }
    let sessions = cursor(&ada, "/sessions?limit=1").await;
    let messages = cursor(&ada, "/sessions/a/messages?limit=1").await;

    assert!(fits(&ada, "/sessions?", &sessions).await);
    assert!(fits(&ada.at(&elsewhere), "/sessions?", &sessions).await, "every process can read it");
    assert!(fits(&ada, "/sessions/a/messages?", &messages).await);
    for (reader, path, cursor) in [
        (&eve, "/sessions?", &sessions),
        (&eve, "/sessions/a/messages?", &messages),
        (&ada, "/sessions/b/messages?", &messages),
        (&ada, "/sessions/a/messages?order=desc&", &messages),
        (&ada, "/sessions/a/messages?", &sessions),
        (&ada, "/sessions?", &messages),
    ] {
        assert!(!fits(reader, path, cursor).await, "{path}");
    }
}

#[tokio::test]
async fn a_cursor_that_was_touched_is_refused() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for session in ["a", "b"] {
        ada.post("/sessions", json!({ "id": session })).await;
    }
    let cursor = cursor(&ada, "/sessions?limit=1").await;
    for place in 0..cursor.len() {
        let other = if &cursor[place..=place] == "A" { "Q" } else { "A" };
        let touched = [&cursor[..place], other, &cursor[place + 1..]].concat();
        assert!(!fits(&ada, "/sessions?", &touched).await, "{touched} is not {cursor}");
    }
    for odd in ["", "AAAA", "%00", "Li4vLi4", &cursor[1..], &cursor[..cursor.len() - 2], &cursor.repeat(2)] {
        assert!(!fits(&ada, "/sessions?", odd).await, "{odd:?}");
    }
}
