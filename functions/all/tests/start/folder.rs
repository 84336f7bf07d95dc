//! A folder that cannot hold the data, or that holds another process's.

use std::fs;
use std::path::Path;

use shared::testing::{Process, Script, World};

use crate::{Settings, assert_refused, on_a_laptop, owned, refusal};

/// With the embedded database.
fn in_folder(folder: &Path) -> Settings {
    owned(&[("DATA_DIR", folder.to_str().unwrap()), ("PORT", "0")])
}

#[tokio::test]
async fn a_folder_that_is_none_or_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    fs::write(&file, "no folder").unwrap();
    for program in ["all", "dynamodb", "token"] {
        assert_refused(program, in_folder(&file), &["DATA_DIR: ", "data is a file", "name a folder"]).await;
        assert_refused(program, in_folder(&file.join("deeper")), &["DATA_DIR: ", "is a file", "name a folder"]).await;
        // Not even root writes there.
        let parts = ["DATA_DIR: /sys/counsel cannot be written", "name a folder"];
        assert_refused(program, in_folder(Path::new("/sys/counsel")), &parts).await;
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dynamodb.sqlite"), "x".repeat(8192)).unwrap();
    for program in ["all", "dynamodb"] {
        let parts = ["DATA_DIR: ", "dynamodb.sqlite cannot be used as a database", "move that file away"];
        assert_refused(program, in_folder(folder.path()), &parts).await;
    }
}

#[tokio::test]
async fn a_second_process_is_refused_in_a_folder_until_the_first_ends_however_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let parts = ["DATA_DIR: another process keeps its data in ", "stop it", "DYNAMODB_ENDPOINT"];
    for (program, listens) in [("all", "Counsel listens"), ("dynamodb", "DynamoDB listens")] {
        let mut first = Process::start(program, in_folder(folder.path()));
        first.wait_for_line(listens).await;
        assert_refused("all", in_folder(folder.path()), &parts).await;
        assert_refused("dynamodb", in_folder(folder.path()), &parts).await;
        first.kill9();
    }
    Process::start("all", in_folder(folder.path())).wait_for_line("Counsel listens").await;
}

#[tokio::test]
async fn processes_that_share_a_store_share_its_folder() {
    let world = World::with(Script::says("Hello")).await;
    let (_one, _two) = (world.start().await, world.start().await);
}

#[tokio::test]
async fn a_store_that_is_not_there_is_named() {
    let world = World::with(Script::says("Hello")).await;
    let nobody = "http://127.0.0.1:1";
    let parts = ["DYNAMODB_ENDPOINT: http://127.0.0.1:1 gives no table", "Connection refused", "make dynamodb"];
    assert_refused("all", on_a_laptop(&world, &[("DYNAMODB_ENDPOINT", nobody)]), &parts).await;
    let no_store = world.provider.base_url();
    let line = refusal(Process::start("all", on_a_laptop(&world, &[("DYNAMODB_ENDPOINT", &no_store)]))).await;
    assert!(line.contains("DYNAMODB_ENDPOINT: http://127.0.0.1:") && line.contains("gives no table"), "{line}");
}
