//! Text comes back byte for byte, whatever it is made of.

use serde_json::json;
use shared::testing::{Script, Stream, World, text_of, text_of_message};

fn odd_texts() -> Vec<String> {
    let odd = [
        "👩‍👩‍👧‍👦 and 🇺🇦",
        "a\u{0}b",
        "\u{202e}right to left \u{202c}שלום",
        "e\u{301} is not \u{e9}; alone: \u{301}",
        "line\u{2028}paragraph\u{2029}end",
        "\r\n\r\ndata: [DONE]\n\nid: 7\n",
        "\u{feff}bom, \u{fffd} and \u{fffe}",
        "\\u0000 \\n \"quoted\" </script> ${x} {{y}}",
        "\u{1}\u{1f}\u{7f}\u{9f}",
        "\u{10ffff}",
    ];
    let mut texts: Vec<String> = odd.map(str::to_owned).into();
    texts.push("ß👋\u{0}".repeat(43_000));
    texts
}

#[tokio::test]
async fn what_was_asked_and_what_was_said_come_back_byte_for_byte() {
    let world = World::with(Script::new()).await;
    let (one, two) = (world.start().await, world.start().await);
    let ada = one.actor("ada").await;
    for text in odd_texts() {
        world.provider.then(Script::new().say(&text).finish());
        let turn = ada.ask(&text).await;
        let (id, session) = (turn.id.clone(), turn.session.clone());

        assert_eq!(turn.text().await, text, "streamed");
        let resumed = Stream::new(ada.at(&two).resume(&id, 0).await).rest().await;
        assert_eq!(text_of(&resumed), text, "resumed");
        let said: Vec<String> = ada.history(&session).await.iter().map(text_of_message).collect();
        assert_eq!(said, [text.clone(), text.clone()], "kept");
        let asked = world.provider.calls().pop().unwrap().body;
        assert_eq!(asked["messages"].as_array().unwrap().last().unwrap()["content"], json!(text), "passed on");
    }
}

#[tokio::test]
async fn bare_text_is_the_same_text() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for text in odd_texts() {
        for dialect in ["words", "chunks"] {
            world.provider.then(Script::new().say(&text).finish());
            let reply = ada.post(&format!("/consult?dialect={dialect}"), json!({ "text": "Say it." })).await;
            assert_eq!(reply.text().await.unwrap(), text, "{dialect}");
        }
    }
}
