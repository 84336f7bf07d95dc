//! README's quick starts: each is a file of `quickstarts`, runs as README shows it, and prints the answer as it is
//! written.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use shared::testing::{Actor, Process, Script, Server, World};

use crate::client::{command, lines_of, prints};

/// They ask for `scripted`, the model of `make run`; here it is another name of the one that follows a script.
const MODELS: (&str, &str) = ("MODELS", r#"[{"model":"openai:fake","aliases":["scripted"]}]"#);
const CHAT: &str = "with_use_chat.mjs";
const CURL: &str = "with_curl.sh";
const FIRST: &str = "Good morning,";
const LAST: &str = "Ada.";
const SDKS: [&str; 5] =
    ["with_openai.py", "with_openai.mjs", "with_anthropic.py", "with_anthropic.mjs", "with_agui.mjs"];

/// An answer that goes on only when the test has seen its first line.
fn in_two_lines(gate: &str) -> Script {
    Script::new().say(&format!("{FIRST}\n")).gate(gate).say(LAST).finish()
}

fn start(command: Command, server: &Server, user: &Actor) -> Process {
    Process::spawn(command, [("COUNSEL_URL", server.url.as_str()), ("COUNSEL_TOKEN", user.token())])
}

fn page(chat: &str, question: Option<&str>) -> Command {
    let mut page = command("quickstarts/use_chat_page.mjs");
    page.arg(chat).args(question);
    page
}

#[tokio::test]
async fn each_sdk_prints_the_answer_as_it_is_written() {
    let world = World::with(Script::new()).await;
    let server = world.start_with(&[MODELS]).await;
    let ada = server.actor("ada").await;
    for file in SDKS {
        world.provider.then(in_two_lines(file));
        let asking = start(command(&format!("quickstarts/{file}")), &server, &ada);
        prints(&asking, FIRST).await;
        world.provider.release(file);
        assert_eq!(lines_of(asking, file).await, [FIRST, LAST], "{file}");
        let session = ada.sessions().await[0].clone();
        let kept = ["user completed: Hello!", "assistant completed: Good morning,\nAda."];
        assert_eq!(ada.transcript(&session).await, kept, "{file}");
    }
}

#[tokio::test]
async fn a_page_with_use_chat_that_is_opened_again_finds_the_answer_that_is_being_written() {
    let world = World::with(in_two_lines("reloaded")).await;
    let server = world.start_with(&[MODELS]).await;
    let ada = server.actor("ada").await;
    let first = start(page("a-chat", Some("Hello!")), &server, &ada);
    prints(&first, FIRST).await;
    let second = start(page("a-chat", None), &server, &ada);
    prints(&second, FIRST).await;
    world.provider.release("reloaded");
    for page in [first, second] {
        let printed = lines_of(page, CHAT).await;
        assert!(printed.ends_with(&[FIRST.to_owned(), LAST.to_owned()]), "{printed:?}");
    }
}

#[tokio::test]
async fn curl_hangs_up_and_hears_the_rest() {
    let words: Vec<String> = (1..=40).map(|number| format!("word-{number} ")).collect();
    let script = words.iter().fold(Script::new(), |script, word| script.say(word));
    let world = World::with(script.finish()).await;
    let server = world.start_with(&[MODELS]).await;
    let ada = server.actor("ada").await;
    let folder = tempfile::tempdir().expect("a folder for what curl has seen");
    let mut curl = Command::new("sh");
    curl.arg(folder_of_quickstarts().join(CURL)).current_dir(&folder);
    let printed = lines_of(start(curl, &server, &ada), CURL).await;

    let seen = std::fs::read_to_string(folder.path().join("seen")).expect("what curl saw before it hung up");
    assert_eq!(seen.matches("id: ").count(), 10);
    let ids: Vec<u64> = values(&printed, "id: ").map(|id| id.parse().expect("a position")).collect();
    assert!(ids.is_sorted_by(|before, after| before < after), "{ids:?}");
    assert_eq!(values(&printed, "data: ").map(delta).collect::<String>(), words.concat());
}

fn values<'a>(lines: &'a [String], name: &'a str) -> impl Iterator<Item = &'a str> {
    lines.iter().filter_map(move |line| line.strip_prefix(name))
}

/// The text of a frame, if it has one.
fn delta(data: &str) -> String {
    let frame: Option<Value> = serde_json::from_str(data).ok();
    frame.and_then(|frame| frame["delta"].as_str().map(str::to_owned)).unwrap_or_default()
}

#[test]
fn readme_shows_these_files() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let section = readme.split("\n## ").find(|section| section.starts_with("Quick starts\n")).expect("the section");
    let mut shown: Vec<&str> = section.split("```").skip(1).step_by(2).collect();
    let mut files: Vec<String> = SDKS.into_iter().chain([CHAT, CURL]).map(block).collect();
    shown.sort_unstable();
    files.sort_unstable();
    assert_eq!(shown, files);
    for name in ["COUNSEL_URL=", "COUNSEL_TOKEN="] {
        assert!(section.contains(name), "README does not say what {name} is");
    }
}

/// A file as README shows it: the language, and every line.
fn block(file: &str) -> String {
    let language = match file.rsplit('.').next() {
        Some("py") => "python",
        Some("mjs") => "js",
        _ => "sh",
    };
    let text = std::fs::read_to_string(folder_of_quickstarts().join(file)).expect("a quick start");
    format!("{language}\n{text}")
}

fn folder_of_quickstarts() -> PathBuf {
    root().join("functions/all/tests/clients/quickstarts")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
