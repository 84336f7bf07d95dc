//! Requests that a well-behaved client would not send.

use std::time::Duration;

use shared::testing::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A request whose path is sent as it is.
pub(crate) async fn ask(server: &Server, token: &str, method: &str, path: &str) -> String {
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
    send(server, head.as_bytes()).await
}

/// Sends these bytes and returns everything that comes back until the server closes the connection.
pub(crate) async fn send(server: &Server, bytes: &[u8]) -> String {
    let address = server.url.trim_start_matches("http://");
    let (mut reader, mut writer) = TcpStream::connect(address).await.expect("a connection").into_split();
    let bytes = bytes.to_vec();
    // A server that has heard enough may close while we still write.
    let writing = tokio::spawn(async move {
        let _ = writer.write_all(&bytes).await;
        writer
    });
    let mut reply = Vec::new();
    let read = timeout(Duration::from_secs(20), reader.read_to_end(&mut reply)).await;
    writing.abort();
    assert!(read.is_ok(), "the connection hangs after {:?}", String::from_utf8_lossy(&reply));
    String::from_utf8_lossy(&reply).into_owned()
}
