//! AG-UI's clients at `POST /consult?dialect=agui`, with all their checks: 1.0, and the last one before it.

use serde_json::{Value, json};
use shared::testing::{Actor, CutProxy, Script, Server, World, text_of_message};

use crate::cited;
use crate::client::run;

const SDKS: [&str; 2] = ["newest", "strict"];
const SCRIPT: &str = "agui.mjs";

/// What an agent on this thread has come to after these steps; `more` is its own.
async fn agent(server: &Server, user: &Actor, sdk: &str, steps: &Value, more: &Value) -> Value {
    let mut task = json!({ "sdk": sdk, "id": format!("thread of {sdk}"), "steps": steps });
    task.as_object_mut().unwrap().extend(more.as_object().expect("fields").clone());
    run(SCRIPT, &server.url, user, &task).await
}

fn open_file() -> Value {
    json!({ "tools": [{ "name": "open_file", "description": "Opens", "parameters": { "type": "object" } }] })
}

fn wants_a_file(call: &str) -> Script {
    let script = Script::new().say("Let me look. ").calls_tool(call, "open_file", r#"{"path":"a"}"#);
    script.finish_because("tool_calls")
}

fn said<'a>(agent: &'a Value, role: &'a str) -> impl Iterator<Item = &'a Value> {
    agent["messages"].as_array().expect("messages").iter().filter(move |message| message["role"] == role)
}

/// What the agent has heard since the first question.
fn text(agent: &Value) -> String {
    said(agent, "assistant").filter_map(|message| message["content"].as_str()).collect()
}

fn count(agent: &Value, event: &str) -> usize {
    agent["events"].as_array().expect("events").iter().filter(|heard| *heard == event).count()
}

fn is_well(agent: &Value) {
    assert_eq!((&agent["errors"], &agent["warnings"]), (&json!([]), &json!([])), "{agent}");
    assert_eq!(count(agent, "RUN_STARTED"), count(agent, "RUN_FINISHED"));
}

async fn kept(user: &Actor) -> Vec<Value> {
    user.history(&user.sessions().await[0]).await
}

#[tokio::test]
async fn an_agent_hears_what_history_holds() {
    let world = World::with(Script::new().reason("She greets.").say("Grüß ").say("Gott, Ada. 👋🏽").finish()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let heard = agent(&server, &ada, sdk, &json!([{ "ask": "Hello" }]), &json!({})).await;
        is_well(&heard);
        assert_eq!(said(&heard, "reasoning").next().unwrap()["content"], "She greets.");
        assert_eq!(text(&heard), "Grüß Gott, Ada. 👋🏽");
        assert_eq!(text_of_message(&kept(&ada).await[1]), text(&heard));
    }
}

#[tokio::test]
async fn what_an_agent_sends_again_is_told_to_the_model_and_not_stored_again() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let context = json!({ "context": [{ "description": "The page", "value": "/prices" }] });
    for sdk in SDKS {
        let heard = agent(&server, &ada, sdk, &json!([{ "ask": "Hi" }, { "ask": "Who are you?" }]), &context).await;
        is_well(&heard);
        assert_eq!(kept(&ada).await.len(), 4);
        let prompt = world.provider.calls().last().unwrap().body["messages"].clone();
        assert_eq!(prompt.as_array().unwrap().len(), 4, "the system prompt and all three: {prompt}");
        assert!(prompt[3].to_string().contains("/prices"));
        // A page that has forgotten everything but its thread.
        agent(&server, &ada, sdk, &json!([{ "ask": "Still there?" }]), &json!({})).await;
        assert_eq!(kept(&ada).await.len(), 6);
        let prompt = world.provider.calls().last().unwrap().body["messages"].clone();
        assert_eq!(prompt.as_array().unwrap().len(), 6, "{prompt}");
    }
}

#[tokio::test]
async fn tools_that_run_here_are_shown_with_what_came_of_them() {
    let world = World::with(Script::says("Noon, and no more.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let calls = Script::new().calls_tool("c1", "now", "{}").calls_tool("c2", "rm", "{}");
        world.provider.then(calls.finish_because("tool_calls"));
        let heard = agent(&server, &ada, sdk, &json!([{ "ask": "The time?" }, { "ask": "Sure?" }]), &json!({})).await;
        is_well(&heard);
        let results: Vec<_> = said(&heard, "tool").map(|message| message["content"].as_str().unwrap()).collect();
        assert!(results.len() == 2 && results.contains(&"There is no tool named rm."), "{results:?}");
        assert_eq!(kept(&ada).await.len(), 4, "what came of our own tools is no news to us");
    }
}

#[tokio::test]
async fn a_tool_of_the_agents_is_called_and_the_answer_goes_on() {
    let world = World::with(Script::says("It is empty.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(wants_a_file("c1")).then(wants_a_file("c2"));
        let steps = json!([{ "ask": "What is in a?" }, { "output": "?" }, { "output": "nothing" }, { "ask": "Sure?" }]);
        let heard = agent(&server, &ada, sdk, &steps, &open_file()).await;
        is_well(&heard);
        assert_eq!(text(&heard), "Let me look. Let me look. It is empty.It is empty.");
        let kept = kept(&ada).await;
        assert_eq!((kept.len(), text_of_message(&kept[1]).as_str()), (4, "Let me look. Let me look. It is empty."));
    }
}

#[tokio::test]
async fn a_call_that_needs_leave_interrupts_the_run() {
    let world = World::with(Script::says("As you wish.")).await;
    let server = world.start_with(&[("TOOLS_TO_APPROVE", "now")]).await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        for (approved, came) in [(true, "20"), (false, "The user has not allowed this call. The user says: Not now.")] {
            world.provider.then(Script::new().calls_tool("c1", "now", "{}").finish_because("tool_calls"));
            let steps = json!([{ "ask": "The time?" }, { "approve": approved, "reason": "Not now." }]);
            let id = json!({ "id": format!("{sdk}-{approved}") });
            let heard = agent(&server, &ada, sdk, &steps, &id).await;
            is_well(&heard);
            assert_eq!(text(&heard), "As you wish.");
            let result = said(&heard, "tool").next().unwrap()["content"].as_str().unwrap();
            assert!(result.starts_with(came), "{result}");
            assert_eq!(kept(&ada).await.len(), 2);
        }
    }
}

#[tokio::test]
async fn whoever_comes_back_to_a_run_hears_its_own_names() {
    let world = World::with(Script::says("Hello.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let body = json!({ "threadId": "a thread", "runId": "a run", "messages": [{ "role": "user", "content": "Hi" }] });
    let run = ada.post("/consult?dialect=agui", body).await;
    let turn = run.headers()["location"].to_str().unwrap().to_owned();
    let told = run.text().await.unwrap();
    let again = ada.get(&format!("{turn}/stream?dialect=agui")).await.text().await.unwrap();
    assert!(told.contains(r#""threadId":"a thread""#) && told.contains(r#""runId":"a run""#), "{told}");
    assert_eq!(again, told);
    let ours = ada.ask("Hi").await;
    let (session, id) = (ours.session.clone(), ours.id.clone());
    ours.text().await;
    let named = ada.get(&format!("/turns/{id}/stream?dialect=agui")).await.text().await.unwrap();
    assert!(named.contains(&format!(r#""threadId":"{session}""#)), "{named}");
}

#[tokio::test]
async fn sources_are_told() {
    let world = World::with(Script::new()).await;
    let (server, _provider) = cited::start(&world).await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let heard = agent(&server, &ada, sdk, &json!([{ "ask": "The weather?" }]), &json!({})).await;
        is_well(&heard);
        let citation = &heard["citations"][0];
        assert_eq!((&citation["url"], &citation["title"]), (&json!(cited::URL), &json!(cited::TITLE)));
        assert_eq!(text(&heard), cited::TEXT);
    }
}

#[tokio::test]
async fn an_error_is_told_before_the_first_word_and_after_it() {
    let world = World::with(Script::says("Again.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(Script::fails(400)).then(Script::new().say("Hel").resets());
        let steps = json!([{ "ask": "Hi" }, { "ask": "Hi again" }, { "ask": "Well?" }]);
        let heard = agent(&server, &ada, sdk, &steps, &json!({})).await;
        assert_eq!((count(&heard, "RUN_ERROR"), count(&heard, "RUN_FINISHED")), (2, 1), "{heard}");
        assert!(heard["errors"][1].as_str().unwrap().contains("interrupted"), "{heard}");
        assert_eq!(text(&heard), "HelAgain.");
        let nobody = json!({ "props": { "model": "nobody:x" } });
        let refused = agent(&server, &ada, sdk, &json!([{ "ask": "Hi" }]), &nobody).await;
        let said = refused["errors"][0].as_str().unwrap();
        assert!(said.contains("model"), "{said}");
    }
}

#[tokio::test]
async fn a_cancel_ends_the_run_and_keeps_what_was_said() {
    let world = World::with(Script::says("Later.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(Script::new().say("Hello").stalls());
        let steps = json!([{ "ask": "Hi", "stopAfter": "Hello" }, { "ask": "And now?" }]);
        let heard = agent(&server, &ada, sdk, &steps, &json!({})).await;
        assert_eq!(heard["errors"], json!(["The answer was cancelled."]));
        assert_eq!((count(&heard, "RUN_ERROR"), text(&heard).as_str()), (1, "HelloLater."));
        assert_eq!(kept(&ada).await[1]["status"], "cancelled");
    }
}

#[tokio::test]
async fn who_asks_something_new_gives_up_what_was_waited_for() {
    let world = World::with(Script::says("Of course.")).await;
    let server = world.start_with(&[("TOOLS_TO_APPROVE", "now")]).await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        let wants_the_time = Script::new().calls_tool("c2", "now", "{}").finish_because("tool_calls");
        world.provider.then(wants_a_file("c1")).then(wants_the_time);
        let mut more = open_file();
        more["giveUp"] = json!(true);
        let steps = json!([{ "ask": "What is in a?" }, { "ask": "The time?" }, { "ask": "Something else?" }]);
        let heard = agent(&server, &ada, sdk, &steps, &more).await;
        is_well(&heard);
        assert_eq!(text(&heard), "Let me look. Of course.");
        let kept = kept(&ada).await;
        let status: Vec<_> = kept.iter().skip(1).step_by(2).map(|answer| answer["status"].as_str().unwrap()).collect();
        assert_eq!(status, ["cancelled", "cancelled", "completed"]);
    }
}

#[tokio::test]
async fn a_run_that_is_cut_goes_on_in_the_middle() {
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for sdk in SDKS {
        world.provider.then(Script::new().reason("Hm.").say("Hello, ").say("Ada.").finish());
        let heard = agent(&server, &ada, sdk, &json!([{ "ask": "Hi" }]), &json!({ "cutAfter": "Hm" })).await;
        is_well(&heard);
        assert_eq!((text(&heard).as_str(), said(&heard, "reasoning").count()), ("Hello, Ada.", 1));
    }
}

#[tokio::test]
async fn two_hundred_cuts_cost_no_byte() {
    const CUTS: usize = 200;
    let world = World::with(Script::new()).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    for (seed, sdk) in (1..).zip(SDKS) {
        let proxy = CutProxy::start(&server.url, CUTS, 1_500, seed).await;
        let url = proxy.url();
        for number in 0..CUTS {
            world.provider.then(Script::new().say("Well: ").calls_tool("c1", "now", "{}").finish_because("tool_calls"));
            let words = (0..80).map(|n| format!("Wört{n} 👋🏽 \"{{\n "));
            let answer = words.fold(Script::new().reason("Hm, "), |script, word| script.say(&word));
            world.provider.then(answer.finish());
            let id = format!("{sdk}-{number}");
            let task = json!({ "sdk": sdk, "id": id, "key": id, "steps": [{ "ask": "Hi" }] });
            let heard = run(SCRIPT, &url, &ada, &task).await;
            is_well(&heard);
            let kept = ada.history(&id).await;
            assert_eq!((kept.len(), text_of_message(&kept[1])), (2, text(&heard)));
            if proxy.cuts() == CUTS {
                break;
            }
        }
        assert_eq!(proxy.cuts(), CUTS);
    }
}
