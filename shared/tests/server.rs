//! A process on a port: how it serves, and how it leaves.

use std::{
    convert::Infallible,
    env,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    routing::get,
};
use futures::{FutureExt, StreamExt, stream};
use shared::{
    config::TelemetryConfig,
    runtime::{Idle, server},
    telemetry,
    testing::{Process, free_port},
};
use tokio::{net::TcpListener, time::sleep};
use tokio_util::task::TaskTracker;

#[tokio::test(flavor = "current_thread")]
#[ignore = "no test: the process the tests talk to"]
async fn serves_requests() {
    let Ok(port) = env::var("PORT") else { return };
    telemetry::init(&TelemetryConfig::default(), &[]);
    let work = TaskTracker::new();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    println!("listening");
    let drain = || println!("draining");
    server::run(router(work.clone()), listener, idle(work), drain).await.unwrap();
    println!("left in peace");
}

fn router(work: TaskTracker) -> Router {
    Router::new()
        .route("/", get(async || "fine"))
        .route("/works/{ms}", get(works))
        .route("/works-late", get(works_late))
        .route("/tells", get(tells))
        .route("/endless", get(endless))
        .with_state(work)
}

async fn works(State(work): State<TaskTracker>, Path(ms): Path<u64>) -> &'static str {
    work.spawn(async move {
        sleep(Duration::from_millis(ms)).await;
        println!("work finished");
    });
    "begun"
}

/// Takes its time before it begins.
async fn works_late(work: State<TaskTracker>) -> &'static str {
    println!("came");
    sleep(Duration::from_millis(100)).await;
    works(work, Path(900)).await
}

/// Streams the end of its work a moment after it.
async fn tells(State(work): State<TaskTracker>) -> Body {
    let done = work.spawn(sleep(Duration::from_millis(700)));
    let end = stream::once(async {
        done.await.unwrap();
        sleep(Duration::from_millis(50)).await;
        Ok::<_, Infallible>("the end")
    });
    Body::from_stream(stream::iter([Ok("begun")]).chain(end))
}

fn idle(work: TaskTracker) -> Idle {
    Idle::when(move || {
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

    fn send(&self, path: &str) -> TcpStream {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        socket
    }

    /// Sends a request and reads the answer until it holds `part`; the connection stays open.
    fn get(&self, path: &str, part: &str) -> TcpStream {
        let mut socket = self.send(path);
        read_until(&mut socket, part);
        socket
    }

    async fn leaves(&mut self) {
        let status = self.process.wait().await;
        assert!(status.success(), "{status}");
        self.process.wait_for_line("left in peace").await;
    }
}

fn read_until(socket: &mut TcpStream, part: &str) {
    let (mut seen, mut buffer) = (String::new(), [0; 4096]);
    while !seen.contains(part) {
        let count = socket.read(&mut buffer).unwrap();
        assert!(count > 0, "closed after {seen:?}");
        seen += &String::from_utf8_lossy(&buffer[..count]);
    }
}

#[tokio::test]
async fn on_sigterm_it_finishes_what_was_begun_and_nobody_holds_it_up() {
    let mut server = Server::start().await;
    let _idle = server.get("/", "fine");
    let _endless = server.get("/endless", "piece");
    let _begun = server.get("/works/900", "begun");

    server.process.terminate();
    server.leaves().await;

    let lines = server.process.lines().join("\n");
    let (draining, finished) = (lines.find("draining"), lines.find("work finished"));
    assert!(draining.is_some() && draining < finished, "{lines}");
    assert!(!lines.contains("work left over"), "{lines}");
}

#[tokio::test]
async fn an_open_stream_gets_to_say_how_its_work_ended() {
    let mut server = Server::start().await;
    let _endless = server.get("/endless", "piece");
    let mut reply = server.get("/tells", "begun");
    server.process.terminate();
    read_until(&mut reply, "the end");
    server.leaves().await;
}

#[tokio::test]
async fn work_begun_by_a_request_on_its_way_is_finished_too() {
    let mut server = Server::start().await;
    let _late = server.send("/works-late");
    server.process.wait_for_line("came").await;
    server.process.terminate();
    server.leaves().await;
    assert!(server.process.lines().join("\n").contains("work finished"));
}

#[tokio::test]
async fn without_work_it_leaves_at_once() {
    let mut server = Server::start().await;
    server.process.terminate();
    server.leaves().await;
    assert!(!server.process.lines().join("\n").contains("work left over"));
}

#[tokio::test]
async fn work_that_never_ends_does_not_hold_it_for_ever() {
    let mut server = Server::start().await;
    let _begun = server.get("/works/3600000", "begun");
    server.process.terminate();
    server.leaves().await;
    server.process.wait_for_line("work left over").await;
}

#[tokio::test]
async fn a_client_that_never_finishes_its_headers_is_cut() {
    let server = Server::start().await;
    let mut socket = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(socket, "GET / HTTP/1.1\r\nHost:").unwrap();
    let read = socket.read_to_end(&mut Vec::new());
    assert!(read.is_ok(), "still open after 20 s: {read:?}");
}
