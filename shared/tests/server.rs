//! A process on a port: how it serves, and how it leaves.

use std::{
    convert::Infallible,
    env,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use axum::{Router, body::Body, routing::get};
use futures::{FutureExt, StreamExt, stream};
use shared::{
    runtime::{Settled, server, telemetry},
    testing::process::{Process, free_port},
};
use tokio::{net::TcpListener, time::sleep};
use tokio_util::task::TaskTracker;

#[tokio::test(flavor = "current_thread")]
#[ignore = "no test: the process the tests talk to"]
async fn serves_requests() {
    let Ok(port) = env::var("PORT") else { return };
    telemetry::init("info");
    let work = TaskTracker::new();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))
        .await
        .unwrap();
    println!("listening");
    let drain = || println!("draining");
    server::run(router(work.clone()), listener, settled(work), drain)
        .await
        .unwrap();
    println!("left in peace");
}

fn router(work: TaskTracker) -> Router {
    let works = async move |for_ms: u64| {
        work.spawn(async move {
            sleep(Duration::from_millis(for_ms)).await;
            println!("work finished");
        });
        "begun"
    };
    let for_ever = works.clone();
    Router::new()
        .route("/", get(async || "fine"))
        .route("/works", get(async move || works(300).await))
        .route(
            "/works-for-ever",
            get(async move || for_ever(3_600_000).await),
        )
        .route("/endless", get(endless))
}

fn settled(work: TaskTracker) -> Settled {
    Settled::when(move || {
        let work = work.clone();
        async move {
            work.close();
            work.wait().await;
        }
        .boxed()
    })
}

async fn endless() -> Body {
    let pieces = stream::repeat("piece").then(async |piece| {
        sleep(Duration::from_millis(10)).await;
        Ok::<_, Infallible>(piece)
    });
    Body::from_stream(pieces)
}

struct Server {
    process: Process,
    port: u16,
}

impl Server {
    /// Starts this test program once more, to be the server.
    async fn start() -> Self {
        let port = free_port();
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "serves_requests", "--ignored", "--nocapture"]);
        let process = Process::spawn(command, [("PORT", port.to_string())]);
        process.wait_for_line("listening").await;
        Self { process, port }
    }

    /// Sends a request and reads the answer until it holds `part`; the connection stays open.
    fn get(&self, path: &str, part: &str) -> TcpStream {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        let (mut seen, mut buffer) = (String::new(), [0; 4096]);
        while !seen.contains(part) {
            let count = socket.read(&mut buffer).unwrap();
            assert!(count > 0, "closed after {seen:?}");
            seen += &String::from_utf8_lossy(&buffer[..count]);
        }
        socket
    }

    async fn leaves(&mut self) {
        let status = self.process.wait().await;
        assert!(status.success(), "{status}");
        self.process.wait_for_line("left in peace").await;
    }
}

#[tokio::test]
async fn on_sigterm_it_finishes_what_was_begun_and_nobody_holds_it_up() {
    let mut server = Server::start().await;
    let _idle = server.get("/", "fine");
    let _endless = server.get("/endless", "piece");
    let _begun = server.get("/works", "begun");

    server.process.terminate();
    server.leaves().await;

    let lines = server.process.lines().join("\n");
    let (draining, finished) = (lines.find("draining"), lines.find("work finished"));
    assert!(draining.is_some() && draining < finished, "{lines}");
    assert!(!lines.contains("work left over"), "{lines}");
}

#[tokio::test]
async fn without_work_it_leaves_at_once() {
    let mut server = Server::start().await;
    server.process.terminate();
    server.leaves().await;
    assert!(!server.process.lines().join("\n").contains("work left over"));
}

#[tokio::test]
#[ignore = "waits out the grace of 9 s"]
async fn work_that_never_ends_does_not_hold_it_for_ever() {
    let mut server = Server::start().await;
    let _begun = server.get("/works-for-ever", "begun");
    server.process.terminate();
    server.leaves().await;
    server.process.wait_for_line("work left over").await;
}

#[tokio::test]
#[ignore = "waits out the header timeout of 10 s"]
async fn a_client_that_never_finishes_its_headers_is_cut() {
    let server = Server::start().await;
    let mut socket = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    write!(socket, "GET / HTTP/1.1\r\nHost:").unwrap();
    let read = socket.read_to_end(&mut Vec::new());
    assert!(read.is_ok(), "still open after 20 s: {read:?}");
}
