//! A file of a provider, through a function that streams.

use shared::testing::{Cassette, Cassettes, Script, World};

use crate::function::{Function, filled};
use crate::places;

#[tokio::test]
async fn a_file_passes_through_as_it_is() {
    let world = World::with(Script::says("Here it is.")).await;
    let server = world.start().await;
    let ada = server.actor("ada").await;
    let turn = ada.ask("A table, please.").await;
    let session = turn.session.clone();
    turn.text().await;
    world.put_file("ada", &session, "cfile_1").await;
    let openai = Cassettes::start(Cassette::of("")).await;
    openai.hold("/containers/cntr_1/files/cfile_1/content", Cassette::of("a,b\n1,ß\n"));
    let function = Function::start_with(&world, "files", &[("OPENAI_BASE_URL", openai.url())]).await;
    let (_, event) = places::events("files").into_iter().find(|(path, _)| path.ends_with("/read.json")).unwrap();
    let event = filled(event.to_string(), &[("TOKEN", ada.token())]);

    let answer = function.answer(&serde_json::from_str(&event).unwrap()).await;

    assert_eq!((answer.status, answer.body.as_str()), (200, "a,b\n1,ß\n"));
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
}
