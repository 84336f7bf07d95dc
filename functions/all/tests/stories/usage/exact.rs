//! A thousand turns, eight clients, two processes of which one is killed: the sums are those of the answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shared::testing::{Actor, AskedTurn, Script, World, text_of_message};
use tokio::sync::Notify;

use super::{Sums, add, counted, of_message, of_row, uncounted};

const CLIENTS: usize = 8;
const TURNS: usize = 1_000;
const TURNS_OF_A_SESSION: usize = 14;
/// Models of whose price something, and nothing, is known.
const MODELS: [&str; 2] = ["openai:gpt-4o-mini", "openai:fake"];

/// Says its own usage, so that what is stored can be held against it.
fn script(number: u64) -> Script {
    match number % 50 {
        0 => Script::new().say("Cancel me.").stalls(),
        1 => Script::fails(400),
        2 => uncounted("Nobody counts this.").raw("data: [DONE]\n\n"),
        _ => {
            let usage = [number % 97 + 10, number % 7, number % 89 + 5, number % 5];
            counted(&usage.map(|n| n.to_string()).join(" "), usage)
        }
    }
}

/// The clients together.
struct Crowd {
    begun: AtomicUsize,
    /// Half of the turns have begun.
    half: Notify,
}

impl Crowd {
    fn began(&self) {
        if self.begun.fetch_add(1, Ordering::SeqCst) == TURNS / 2 {
            self.half.notify_one();
        }
    }
}

/// Asks its share, in sessions of its own; moves to the other process when its own is gone.
async fn ask_all(crowd: Arc<Crowd>, mut here: Actor, there: Actor, client: usize) {
    let (mut session, mut asked) = (None, 0);
    while asked < TURNS / CLIENTS {
        if asked % TURNS_OF_A_SESSION == 0 {
            session = None;
        }
        let mut body = json!({ "text": "How much?", "model": MODELS[client % MODELS.len()] });
        if let Some(session) = &session {
            body["session"] = json!(session);
        }
        let Ok(reply) = here.request(Method::POST, "/consult").json(&body).send().await else {
            (here, session) = (there.clone(), None);
            continue;
        };
        let mut turn = AskedTurn::of(reply).await;
        (session, asked) = (Some(turn.session.clone()), asked + 1);
        crowd.began();
        let mut ended = false;
        while let Some(frame) = turn.stream.next().await {
            ended |= frame.data == "[DONE]";
            if frame.data.contains("Cancel me.") {
                // If its process is gone, so is the reply.
                let _ = here.request(Method::POST, &format!("/turns/{}/cancel", turn.id)).send().await;
            }
        }
        if !ended {
            (here, session) = (there.clone(), None);
        }
    }
}

/// Everything in every history, read by two processes at once: what a dead process left open is closed here.
async fn answers(one: &Actor, two: &Actor) -> Vec<Value> {
    let sessions = one.sessions().await;
    assert!(sessions.len() < 100, "all of them");
    for session in &sessions {
        join_all([one, two, one, two].map(|reader| reader.history(session))).await;
    }
    let mut answers = Vec::new();
    for session in &sessions {
        let messages = one.history(session).await;
        answers.extend(messages.into_iter().filter(|message| message["role"] == "assistant"));
    }
    answers
}

#[tokio::test]
async fn usage_adds_up_exactly_over_a_thousand_turns_of_eight_clients() {
    let world = World::with(Script::says("More than was planned.")).await;
    let (mut dying, staying) = (world.start().await, world.start().await);
    let ada = dying.actor("ada").await;
    world.provider.then(Script::new().say("Never ends.").stalls());
    let mut open = ada.ask("Are you still there?").await;
    open.stream.until("Never ends.").await;
    for number in 0..TURNS as u64 {
        world.provider.then(script(number));
    }

    let crowd = Arc::new(Crowd { begun: AtomicUsize::new(0), half: Notify::new() });
    let clients = (0..CLIENTS).map(|client| {
        let (here, there) = (if client < 4 { ada.clone() } else { ada.at(&staying) }, ada.at(&staying));
        tokio::spawn(ask_all(crowd.clone(), here, there, client))
    });
    let clients: Vec<_> = clients.collect();
    crowd.half.notified().await;
    dying.process.kill9();
    for client in join_all(clients).await {
        client.expect("a client has asked all");
    }

    let another = world.start().await;
    let ada = ada.at(&staying);
    assert_eq!(ada.ended(&open.id).await["status"], "interrupted", "and so its lease has passed");
    let answers = answers(&ada, &ada.at(&another)).await;
    check_each(&answers);
    let mut expected: BTreeMap<(String, String), Sums> = BTreeMap::new();
    for answer in &answers {
        let row = (text(answer, "created_at")[..10].to_owned(), text(answer, "model"));
        add(expected.entry(row).or_default(), &of_message(answer));
    }
    let span = format!("/usage?from={}", expected.keys().next().expect("a day").0);
    let used = ada.read(&span).await;
    let rows = used["data"].as_array().expect("rows").iter();
    let counted: BTreeMap<_, _> = rows.map(|row| ((text(row, "day"), text(row, "model")), of_row(row))).collect();
    assert_eq!(counted, expected);
    let mut all = Sums::new();
    for sums in expected.values() {
        add(&mut all, sums);
    }
    assert_eq!(of_row(&used["total"]), all);
    assert!(all["turns"] > TURNS as u64 && all["estimated_turns"] > 20, "{all:?}");
}

/// Each answer was counted as its provider said, and all kinds of endings are among them.
fn check_each(answers: &[Value]) {
    let mut endings: BTreeMap<String, usize> = BTreeMap::new();
    for answer in answers {
        *endings.entry(answer["status"].as_str().expect("a status").to_owned()).or_default() += 1;
        let said: Vec<u64> = text_of_message(answer).split(' ').filter_map(|number| number.parse().ok()).collect();
        let counted = ["input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"];
        if answer["status"] == "completed" && said.len() == counted.len() {
            let used = counted.map(|name| answer["usage"][name].as_u64().expect("counted"));
            assert_eq!(used.as_slice(), said, "{answer}");
        }
    }
    assert!(endings.len() == 4 && endings["completed"] > TURNS * 9 / 10, "{endings:?}");
    assert!(endings["cancelled"] >= 15 && endings["failed"] >= 15, "{endings:?}");
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().expect("text").to_owned()
}
