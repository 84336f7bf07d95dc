//! Clients that take nothing, or say nothing.

use shared::testing::{Actor, Script, Server, World, poll, text_of_message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.url.trim_start_matches("http://")).await.expect("a connection")
}

/// What it does not take stays with the server.
async fn with_little_room(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a smaller buffer");
    let address = server.url.trim_start_matches("http://").parse().expect("an address");
    socket.connect(address).await.expect("a connection")
}

fn question(actor: &Actor) -> Vec<u8> {
    let body = r#"{"text":"Tell me all."}"#;
    let head = format!(
        "POST /consult?dialect=words HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        actor.token(),
        body.len()
    );
    (head + body).into_bytes()
}

#[tokio::test]
async fn a_reader_who_takes_nothing_harms_nobody_and_misses_nothing() {
    let piece = "0123456789abcdef".repeat(1_000);
    let long = (0..60).fold(Script::new(), |script, _| script.say(&piece)).finish();
    let world = World::with(Script::says("Hello Ada.")).await;
    let server = world.start().await;
    let (ada, eve) = (server.actor("ada").await, server.actor("eve").await);

    world.provider.then(long);
    let mut never_read = with_little_room(&server).await;
    never_read.write_all(&question(&eve)).await.unwrap();
    world.provider.wait_for_calls(1).await;
    assert_eq!(ada.ask("Hello?").await.text().await, "Hello Ada.");

    let answered = async || {
        let session = eve.sessions().await.into_iter().next()?;
        eve.history(&session).await.into_iter().nth(1)
    };
    let kept = poll("the answer to be kept", answered).await;
    assert_eq!(text_of_message(&kept), piece.repeat(60));
    drop(never_read);
}

/// Each of them is a file to the system, and an answer needs files, too: of its model, of the store.
#[tokio::test]
async fn those_who_only_hold_a_connection_leave_room_for_answers() {
    let world = World::with(Script::says("Hello Ada.")).await;
    let server = world.start_with_files(128).await;
    let ada = server.actor("ada").await;
    let mut early = connect(&server).await;
    let mut idle = Vec::new();
    for _ in 0..150 {
        idle.push(connect(&server).await);
    }

    early.write_all(&question(&ada)).await.unwrap();
    let mut reply = String::new();
    early.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 ") && reply.contains("Ada."), "{reply}");

    drop(idle);
    assert_eq!(ada.ask("Still there?").await.text().await, "Hello Ada.");
}
