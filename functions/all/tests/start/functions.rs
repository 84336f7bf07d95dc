//! The functions as Lambda and Cloud Run start them: the line is one of those that the host collects.

use serde_json::Value;
use shared::testing::{Process, RuntimeApi, Script, World};

use crate::{Settings, on_a_laptop, on_cloud_run, owned, refusal};

/// Each is a folder.
pub(crate) fn functions() -> Vec<String> {
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    let names = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "all").collect()
}

/// As the template starts a function, but for the managers of its secrets.
pub(crate) fn on_lambda(world: &World, api: &RuntimeApi, settings: &[(&str, &str)]) -> Settings {
    let key = format!("file:{}", world.token_key().display());
    let host = [on_a_laptop(world, &[("DATA_DIR", ""), ("TOKEN_KEY", &key)]), api.environment()];
    [host.concat(), owned(settings)].concat()
}

async fn log_line(program: &str, settings: Settings) -> Value {
    let line = refusal(Process::start(program, settings)).await;
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("no line of JSON: {line}"))
}

#[tokio::test]
async fn every_function_refuses_in_a_line_of_its_log() {
    let world = World::with(Script::says("Hello")).await;
    let api = RuntimeApi::start().await;
    for function in functions() {
        let line = log_line(&function, on_lambda(&world, &api, &[("LOG_LEVEL", "loud")])).await;
        assert_eq!((&line["level"], &line["message"]), (&"ERROR".into(), &"cannot run".into()), "{line}");
        assert_eq!(line["error"], "LOG_LEVEL: must be one of error, warn, info, debug, trace");
        assert!(line["function"].is_string(), "{line}");
    }
    assert_eq!(api.nexts(), 0, "an event was asked for");
}

#[tokio::test]
async fn google_reads_the_line_as_an_error() {
    let world = World::with(Script::says("Hello")).await;
    let line = log_line("all", on_cloud_run(&world, &[("TOKEN_KEY", "")])).await;
    assert_eq!((&line["severity"], &line["function"]), (&"ERROR".into(), &"counsel".into()), "{line}");
    assert!(line["error"].as_str().unwrap().starts_with("TOKEN_KEY: must be set to the name of"), "{line}");
}
